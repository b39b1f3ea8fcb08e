#pragma once

#include <CLI/CLI.hpp>

namespace assay::bench {

/// Adds `--threads` (of LibTorch, default 1), parses the command line and runs the callbacks. Returns the
/// exit status: 0; 2 for a mistake on the command line; 1 for any other error, printed as one line.
int conclude(CLI::App& program, int argc, char** argv);

/// Prints "ready" and waits for a line on standard input, so that several processes begin together.
void wait_for_start();

}  // namespace assay::bench
