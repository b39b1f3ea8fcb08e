#pragma once

#include <CLI/CLI.hpp>

namespace assay {

/// Every subcommand is a file with one function that adds its options, its help with examples and what it
/// does to the program. What it does sets `status`, the exit status: 0 all well, 1 something failed (ask the
/// message), 2 a mistake in the configuration or on the command line, 75 (EX_TEMPFAIL)
/// told to stop. Errors are thrown; main() prints them
/// as one line.
#define COMMAND(identifier) void add_##identifier(CLI::App& program, int& status);
#include "harness/cli/commands.def"
#undef COMMAND

}  // namespace assay
