#pragma once

#include <CLI/CLI.hpp>

namespace assay::bench {

// Subcommands of table1_work: each adds its options and calls its work when it is asked for.
void add_prepare(CLI::App& program);
void add_run(CLI::App& program);
void add_profile(CLI::App& program);

}  // namespace assay::bench
