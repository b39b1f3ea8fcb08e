#pragma once

#include <sys/mount.h>

#include <string>

namespace assay::test {

/// A disk of a few KiB on a folder, where the test may mount one.
class SmallDisk {
 public:
  SmallDisk(const std::string& folder, const std::string& size)
      : folder_(folder),
        mounted_(mount("tmpfs", folder.c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0) {}
  ~SmallDisk() {
    if (mounted_) umount2(folder_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  bool mounted() const { return mounted_; }

 private:
  std::string folder_;
  bool mounted_;
};

}  // namespace assay::test

/// Skips the test, visibly, where it may not mount.
#define ASSAY_NEEDS_SMALL_DISK(name, folder, size)     \
  const assay::test::SmallDisk name((folder), (size)); \
  if (!name.mounted()) GTEST_SKIP() << "may not mount a small disk"
