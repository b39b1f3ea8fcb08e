#include "harness/run/blas.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "harness/network/tensor.h"

namespace assay {
namespace {

constexpr std::int64_t kSide = 1024;
constexpr double kSlow = 25;  // GFLOP/s a thread; the reference BLAS does 2 to 5, OpenBLAS 50 to 200

/// File of the shared library that a product of float matrices ends in.
std::string library_of_sgemm() {
  void* function = dlsym(RTLD_DEFAULT, "sgemm_");
  Dl_info info{};
  if (!function || !dladdr(function, &info) || !info.dli_fname) return "unknown";
  std::error_code ignored;
  const auto file = std::filesystem::canonical(info.dli_fname, ignored);
  return file.empty() ? std::string(info.dli_fname) : file.string();
}

double seconds_of_product(const Tensor& a, const Tensor& b) {
  const auto start = std::chrono::steady_clock::now();
  at::mm(a, b);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

BlasSpeed measure_blas() {
  const Tensor a = at::ones({kSide, kSide}), b = at::ones({kSide, kSide});
  double best = seconds_of_product(a, b);
  for (int i = 0; i < 3; ++i) best = std::min(best, seconds_of_product(a, b));
  const double flops = 2.0 * kSide * kSide * kSide;
  const int threads = at::get_num_threads();
  return {library_of_sgemm(), flops / best / 1e9 / threads, threads};
}

std::string BlasSpeed::complaint() const {
  if (gflops_a_thread >= kSlow) return "";
  const std::string found = fmt::format("slow BLAS: {} runs {:.1f} GFLOP/s a thread, a good one 50 to 200; ",
                                        library, gflops_a_thread);
  if (library.find("openblas") != std::string::npos)
    return found + "it is a good one, so look for other work on these cores, or more threads than cores";
  return found +
         "install libopenblas0-openmp and select it "
         "(update-alternatives --config libblas.so.3-$(uname -m)-linux-gnu)";
}

}  // namespace assay
