# Read by ctest before the tests: the data pack is where ASSAY_DATA says (relative to where ctest was called), else in ../shared/data.
if(NOT "$ENV{ASSAY_DATA}" STREQUAL "")
  get_filename_component(data_pack "$ENV{ASSAY_DATA}" ABSOLUTE BASE_DIR "$ENV{PWD}")
else()
  get_filename_component(data_pack "${CMAKE_CURRENT_LIST_DIR}/../../shared/data" ABSOLUTE)
endif()
if(EXISTS "${data_pack}")
  set(ENV{ASSAY_DATA} "${data_pack}")
endif()
