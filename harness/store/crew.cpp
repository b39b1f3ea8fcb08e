#include "harness/store/crew.h"

#include "harness/store/schema.h"

namespace assay {

Crew::Crew(const Json& provenance) {
  const Json places = provenance.is_object() ? provenance.value(kRanksKey, Json::array()) : Json::array();
  const int ranks = static_cast<int>(places.size());
  for (int rank = 0; rank < ranks; ++rank)
    line_of({rank, ranks, workplace_from(places[static_cast<std::size_t>(rank)])});
}

std::int64_t Crew::add(const UnitResult& unit) {
  const std::size_t line = line_of({unit.rank, unit.ranks, unit.place});
  lines_[line].units += 1;
  lines_[line].seconds += unit.seconds;
  return static_cast<std::int64_t>(line);
}

void Crew::write(const h5::Tables& tables) const {
  h5::Rows rows(rank_members());
  for (const Line& line : lines_) {
    const auto& [rank, ranks, place] = line.who;
    rows.add(std::int64_t{rank}, std::int64_t{ranks}, place.host, place.device, place.uuid,
             std::int64_t{place.threads}, place.blas, place.blas_gflops, line.units, line.seconds);
  }
  tables.write(kRanksPath, rows);
}

std::size_t Crew::line_of(const Who& who) {
  const auto [found, fresh] = places_.try_emplace(who, lines_.size());
  if (fresh) lines_.push_back({who, 0, 0});
  return found->second;
}

}  // namespace assay
