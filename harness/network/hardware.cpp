#include "harness/network/hardware.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <array>
#include <fstream>

namespace assay {
namespace {

/// The few functions of the driver's interface that name devices. Every one returns 0 when all is well.
class CudaDriver {
 public:
  explicit CudaDriver(const char* file) : library_(dlopen(file, RTLD_NOW | RTLD_LOCAL)) {
    const auto init = function<int(unsigned)>("cuInit");
    there_ = init && init(0) == 0;
  }

  int count() const {
    const auto get = there_ ? function<int(int*)>("cuDeviceGetCount") : nullptr;
    int count = 0;
    return get && get(&count) == 0 ? count : 0;
  }

  Gpu gpu(int index) const {
    Gpu gpu;
    int device = 0;
    const auto get = function<int(int*, int)>("cuDeviceGet");
    if (!get || get(&device, index) != 0) return gpu;
    std::array<char, 256> name{};
    const auto get_name = function<int(char*, int, int)>("cuDeviceGetName");
    if (get_name && get_name(name.data(), static_cast<int>(name.size()) - 1, device) == 0)
      gpu.name = name.data();
    gpu.uuid = uuid_of(device, gpu.name);
    std::size_t bytes = 0;
    const auto get_memory = function<int(std::size_t*, int)>("cuDeviceTotalMem_v2");
    if (get_memory && get_memory(&bytes, device) == 0) gpu.memory = static_cast<std::int64_t>(bytes);
    return gpu;
  }

 private:
  using Uuid = std::array<unsigned char, 16>;

  template <class Signature>
  Signature* function(const char* name) const {
    return library_ ? reinterpret_cast<Signature*>(dlsym(library_, name)) : nullptr;
  }

  /// The second version of the question knows the parts that a GPU can be divided into.
  std::string uuid_of(int device, const std::string& name) const {
    auto get = function<int(Uuid*, int)>("cuDeviceGetUuid_v2");
    if (!get) get = function<int(Uuid*, int)>("cuDeviceGetUuid");
    Uuid bytes{};
    if (!get || get(&bytes, device) != 0) return "";
    std::string text = name.find(" MIG ") == std::string::npos ? "GPU" : "MIG";
    for (std::size_t i = 0; i < bytes.size(); ++i)
      text += fmt::format("{}{:02x}", i == 0 || (i >= 4 && i <= 10 && i % 2 == 0) ? "-" : "", bytes[i]);
    return text;
  }

  void* library_;  // stays open: LibTorch may use it too
  bool there_ = false;
};

}  // namespace

std::vector<Gpu> visible_gpus(const char* driver) {
  const CudaDriver cuda(driver);
  std::vector<Gpu> gpus;
  for (int i = 0; i < cuda.count(); ++i) gpus.push_back(cuda.gpu(i));
  return gpus;
}

std::string gpu_driver_version() {
  std::string version;
  std::ifstream("/sys/module/nvidia/version") >> version;
  return version;
}

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (const std::size_t colon = line.find(": "); line.starts_with("model name") && colon != line.npos)
      return line.substr(colon + 2);
  return "a processor";
}

}  // namespace assay
