// The part of NVIDIA's driver interface that harness/network/hardware.cpp asks, for a machine of FAKE_GPUS
// devices (default 2): the last is a part of a GPU, the others whole ones.
#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>

namespace {

int number_in(const char* variable, int fallback) {
  const char* text = std::getenv(variable);
  return text ? std::atoi(text) : fallback;
}

}  // namespace

extern "C" {

int cuInit(unsigned) {
  return number_in("FAKE_GPUS", 2) < 0 ? 100 : 0;
}

int cuDeviceGetCount(int* count) {
  *count = number_in("FAKE_GPUS", 2);
  return 0;
}

int cuDeviceGet(int* device, int index) {
  *device = index;
  return 0;
}

int cuDeviceGetName(char* name, int size, int device) {
  const bool part = device == number_in("FAKE_GPUS", 2) - 1;
  std::snprintf(name, static_cast<std::size_t>(size), "Fake%s", part ? " MIG 1g.5gb" : "");
  return 0;
}

int cuDeviceGetUuid_v2(std::array<unsigned char, 16>* uuid, int device) {
  for (std::size_t i = 0; i < uuid->size(); ++i)
    (*uuid)[i] = static_cast<unsigned char>(16 * static_cast<std::size_t>(device) + i);
  return 0;
}

int cuDeviceTotalMem_v2(std::size_t* bytes, int) {
  *bytes = std::size_t{5} << 30;
  return 0;
}
}
