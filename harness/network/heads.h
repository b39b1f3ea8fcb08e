#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/network/network.h"

namespace assay {

// Networks that look at mosaics: other input sizes, and a head for each cell (Rao et al., "Towards better
// understanding attribution methods", CVPR 2022; papers.md 5.3).

/// The same layers for inputs of side x side. An average pooling whose window was the whole map becomes a
/// global one, so that classifiers behind it go on. Throws DataError naming the layer that cannot take the
/// size: a linear layer behind a map, a window larger than its input.
Network with_input(const Network& network, std::int64_t side);

enum class Heads {
  full,  // DiFull: each cell passes the whole network alone
  part,  // DiPart: the mosaic passes the layers before the global pooling; each head pools a part of their
         // map as large as that of one cell alone, the parts evenly spread
};

/// A network for mosaics of n x n inputs of the given one, with a head for each cell: K outputs of cell 0
/// (top left, row by row), then K of cell 1 and so on. A layer NAME becomes NAME@CELL, those of part before
/// the pooling keep their names. Output classes are called head_class(). Throws DataError where part finds no
/// global pooling that everything passes or its map is smaller than n of a cell's.
Network with_heads(const Network& network, Heads heads, int n);

/// Whether a head of with_heads() begins with this layer: a pooling of windows of one pixel that leaves out
/// what is around its part.
bool is_cut(const Layer& layer);
/// By layer: whether a cut is on a way from the input to its output, so that it sees the part of one head.
std::vector<bool> behind_cuts(const Network& network);

/// What the class `key` is called in the head of a cell: "n01440764@3".
std::string head_class(std::string_view key, int cell);

}  // namespace assay
