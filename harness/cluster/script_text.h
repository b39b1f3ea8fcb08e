#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/cluster/batch_script.h"

namespace assay {

/// The top of a script: the lines that sbatch reads, each with its reason in a comment above it.
class Directives {
 public:
  /// `text`: what stands before them.
  explicit Directives(std::string text) : text_(std::move(text)) {}
  /// `#SBATCH --option=value`; nothing when the value is empty.
  void add(std::string_view option, std::string_view value, std::string_view reason = "");
  void add(std::string_view option, std::int64_t value, std::string_view reason = "");
  /// `#SBATCH line`.
  void add_line(std::string_view line, std::string_view reason);
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// Partition, account and quality of service.
void add_site(const ClusterProfile& profile, const std::string& partition, Directives& lines);

/// What the script's shell does before the program: the variables that the configuration names, then the
/// profile's `setup`, which may set them anew for that cluster.
std::string environment_of(const ClusterProfile& profile, const BatchJob& job);

/// Words of a shell with blanks between them.
std::string shell_words(const std::vector<std::string>& arguments);
/// A job's name: other characters than letters, digits and ._+- become _.
std::string script_name(const std::string& name);
/// A path in sbatch --output, where % begins a field.
std::string pattern_of(std::string_view path);
/// "16G", "1536M".
std::string memory_text(std::int64_t mebibytes);

}  // namespace assay
