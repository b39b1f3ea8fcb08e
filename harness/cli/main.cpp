#include <fmt/format.h>

#include <cstdio>

#include "harness/cli/command.h"
#include "harness/core/error.h"
#include "harness/core/memory.h"

namespace {

int run_program(int argc, char** argv) {
  CLI::App program("assay: how good are the explanations of image classifiers?");
  program.name("assay");
  program.require_subcommand(1);
  program.set_version_flag("--version", ASSAY_VERSION);
  int status = 0;
#define COMMAND(identifier) assay::add_##identifier(program, status);
#include "harness/cli/commands.def"
#undef COMMAND
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? 0 : 2;
  }
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  assay::keep_freed_memory();
  try {
    return run_program(argc, argv);
  } catch (const assay::ConfigError& error) {
    fmt::print(stderr, "assay: {}\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "assay: {}\n", error.what());
    return 1;
  }
}
