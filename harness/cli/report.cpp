#include "harness/report/report.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

#include "harness/cli/command.h"
#include "harness/cli/key_values.h"
#include "harness/core/error.h"

namespace assay {
namespace {

struct Arguments {
  std::string results, output;
  std::vector<std::string> scores;
  ReportOptions options;
};

void write_text(const std::string& file, const std::string& text) {
  std::ofstream stream(file, std::ios::binary);
  stream << text << std::flush;
  if (!stream) throw DataError(file + ": cannot be written");
}

void show_report(Arguments arguments) {
  arguments.options.scores = key_values("--scores", arguments.scores);
  if (std::filesystem::is_directory(arguments.results)) arguments.results += "/results.h5";
  const std::string text = report_text(arguments.results, arguments.options);
  if (arguments.output.empty())
    fmt::print("{}", text);
  else
    write_text(arguments.output, text);
}

}  // namespace

void add_report(CLI::App& program, int&) {
  CLI::App* command = program.add_subcommand(
      "report", "tables of the metrics, their details, the league or the cost, from results.h5");
  command->footer(
      "Examples:\n"
      "  assay report results/table1/results.h5\n"
      "  assay report results.h5 --protocol paper --rho 0.25 --format latex --output table1.tex\n"
      "  assay report results.h5 --protocol paper --scores average=ratio-of-means epsilon=0.001\n"
      "  assay report results.h5 --metric pointing-game --scores tolerance=30\n"
      "  assay report results.h5 --league\n"
      "  assay report results.h5 --league --metric CCG pointing\n"
      "  assay report results.h5 --cost\n"
      "  assay report results.h5 --metric parameter-randomization --curves --format csv --output curves.csv\n"
      "  assay report results.h5 --format csv --output table1.csv");
  auto given = std::make_shared<Arguments>();
  ReportOptions& options = given->options;
  command->add_option("results", given->results, "results.h5 of a run, or its output folder")->required();
  command->add_option("--protocol", options.protocols, "protocols, in this order; both = all (default)");
  command->add_option("--format", options.format, "text | markdown | latex | csv")->capture_default_str();
  command->add_option("--metric", options.metrics,
                      "metrics or single scores: localisation, RA, SCG ... (default all that are held)");
  command->add_option("--rho", options.rhos, "shares of the image in the mask, as in 0.25 (default all)");
  command->add_option("--dataset", options.datasets, "datasets, by name (default all)");
  command->add_option("--network", options.networks, "networks, by name (default all)");
  command->add_flag("--details", options.details, "also intervals, medians, tests, and who was left out why");
  command->add_flag("--league", options.league, "rank the methods over all columns instead");
  command->add_flag("--cost", options.cost,
                    "what each method and metric took: passes, multiply-adds, seconds");
  command->add_flag("--curves", options.curves, "the curves of the metrics, averaged over samples, instead");
  command->add_option("--output", given->output, "write to this file instead of the terminal");
  command->add_option("--level", options.level, "of intervals; tests use 1 - level")->capture_default_str();
  command->add_option("--resamples", options.resamples, "of the bootstrap")->capture_default_str();
  command->add_option("--seed", options.seed, "of the bootstrap")->capture_default_str();
  command->add_option("--scores", given->scores, "score with these settings instead: key=value ...");
  command->add_option("--published", options.published, "folder of the published tables");
  command->callback([given] { show_report(*given); });
}

}  // namespace assay
