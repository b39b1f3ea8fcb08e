# What Debian 12 must bring, by purpose. Sourced by setup and test.
BUILD_PACKAGES=(
  build-essential cmake ninja-build pkg-config git
  libtorch-dev                      # 1.13.1, CPU
  libopenblas0-openmp               # the OpenMP build: the reference BLAS is 60 times slower, the pthread build ignores the thread count
  libdnnl-dev ocl-icd-opencl-dev    # convolutions with packed weights; its CMake package asks for OpenCL
  libopenmpi-dev openmpi-bin
  libhdf5-openmpi-dev
  libopencv-dev                     # only core, imgproc, imgcodecs are linked
  libyaml-cpp-dev libfmt-dev nlohmann-json3-dev libpugixml-dev libcli11-dev libboost-dev libxxhash-dev
  libjemalloc-dev                   # keeps freed memory without fragmenting it (harness/cli/main.cpp)
  libgtest-dev libgmock-dev
)
CLANG=clang-16   # for Debian 12, whose `clang` is 14 and lacks parts of C++20
BENCH_PACKAGES=(libbenchmark-dev python3-torch python3-numpy)   # for -DASSAY_BENCH=ON (bench/README.md)
TEST_PACKAGES=(python3-torch python3-torchvision python3-h5py python3-numpy libopencv-contrib-dev   # contrib: SLIC to compare with
  libblas3                          # the slow reference BLAS, which a run must name
  slurmctld slurmd slurm-client munge)   # a SLURM of two nodes on this machine: scripts/slurm-lab
