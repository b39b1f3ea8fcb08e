#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <span>

#include "harness/cli/command.h"
#include "harness/core/error.h"
#include "harness/core/params.h"

/// Settings of jemalloc, which the program is linked with. A forward pass frees and asks for the same
/// hundreds of megabytes over and over: kept, they spare page faults that cost a third of its time
/// (SqueezeNet 16.9 against 10.6 ms an image), and unlike glibc's, jemalloc's aligned blocks fit into the
/// holes they leave (at most 1.1 against 4.9 GB a rank in runs of Table 1). A small block may be cut from a
/// hole of any size: by default not from one 64 times as large, and as kept holes grow together, a rank that
/// goes from batches to single images maps more and more (extremal perturbation on ResNet-50: 8.5 GB after
/// two images and growing, against 2.0).
extern "C" {
const char* malloc_conf =
    "dirty_decay_ms:-1,muzzy_decay_ms:-1,oversize_threshold:0,lg_extent_max_active_fit:63";
}

namespace {

/// What to do next where the words end before a command is named: its help. None where one is. An unknown
/// command is an error that lists the known ones.
std::optional<std::string> help_without_command(const CLI::App& program, std::span<char*> words,
                                                const std::string& before = "") {
  const auto commands = program.get_subcommands([](const CLI::App*) { return true; });
  if (commands.empty()) return std::nullopt;
  if (words.empty()) return program.help(before);
  if (*words[0] == '-') return std::nullopt;
  const std::string word = words[0];
  const auto named = std::ranges::find(commands, word, &CLI::App::get_name);
  if (named != commands.end())
    return help_without_command(**named, words.subspan(1), before + program.get_name());
  std::vector<std::string> known;
  for (const CLI::App* command : commands) known.push_back(command->get_name());
  throw assay::ConfigError(
      fmt::format("unknown command '{}'; known: {}", word, assay::nearest_names(word, known, 32)));
}

int run_program(int argc, char** argv) {
  CLI::App program("assay: how good are the explanations of image classifiers?");
  program.name("assay");
  program.require_subcommand(1);
  program.set_version_flag("--version", ASSAY_VERSION);
  int status = 0;
#define COMMAND(identifier) assay::add_##identifier(program, status);
#include "harness/cli/commands.def"
#undef COMMAND
  if (const auto help = help_without_command(program, {argv + 1, argv + argc})) {
    fmt::print(stderr, "{}", *help);
    return 2;
  }
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? 0 : 2;
  }
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run_program(argc, argv);
  } catch (const assay::ConfigError& error) {  // without a message where another rank says it
    if (*error.what() != '\0') fmt::print(stderr, "assay: {}\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "assay: {}\n", error.what());
    return 1;
  }
}
