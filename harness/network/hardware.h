#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace assay {

/// A GPU as this process sees it.
struct Gpu {
  std::string name;         // "NVIDIA H100 80GB HBM3"
  std::string uuid;         // "GPU-8d3f0a..." or "MIG-...": the same in every process; empty where the driver
                            // does not say
  std::int64_t memory = 0;  // bytes
};

/// The GPUs of NVIDIA's driver in the order in which LibTorch counts them: those that CUDA_VISIBLE_DEVICES
/// leaves. None without the driver. `driver` is the library that is asked.
std::vector<Gpu> visible_gpus(const char* driver = "libcuda.so.1");

/// Version of the driver that the kernel has loaded ("535.104.05"); empty without one.
std::string gpu_driver_version();

/// "AMD EPYC 7763 64-Core Processor"; "a processor" where the system does not say.
std::string processor_name();

}  // namespace assay
