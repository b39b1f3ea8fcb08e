#include "harness/report/league_pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>

#include "harness/core/statistics.h"
#include "harness/report/numbers.h"

namespace assay {
namespace {

/// Ranks of the rows on one sample of one voter, NaN for rows without a value there.
std::vector<double> sample_ranks(const Voter& voter, std::size_t sample) {
  std::vector<double> values(voter.rows.size(), kNaN);
  std::vector<bool> ranked(voter.rows.size(), false);
  for (std::size_t r = 0; r < voter.rows.size(); ++r) {
    if (!voter.rows[r]) continue;
    values[r] = voter.rows[r]->values[sample];
    ranked[r] = !std::isnan(values[r]);
  }
  return ranks_of(values, ranked);
}

/// By (dataset, image): for every voter and sample the ranks of the rows.
using ImageRanks = std::map<std::pair<std::string, std::size_t>, std::vector<std::vector<double>>>;

ImageRanks image_ranks(const Pool& pool) {
  ImageRanks images;
  for (const Voter& voter : pool.voters)
    for (std::size_t i = 0; i < voter.images.size(); ++i)
      images[{voter.dataset, voter.images[i]}].push_back(sample_ranks(voter, i));
  return images;
}

double mean_difference(const std::vector<std::vector<double>>& voters, std::size_t a, std::size_t b) {
  double sum = 0;
  int count = 0;
  for (const auto& ranks : voters) {
    if (std::isnan(ranks[a]) || std::isnan(ranks[b])) continue;
    sum += ranks[a] - ranks[b];
    ++count;
  }
  return count ? sum / count : kNaN;
}

Candidate candidate_of(const GainCell& cell, Measure measure, const GainProtocol& scoring) {
  Candidate one{averaged(cell, measure, scoring), {}};
  for (const GainScore& score : cell.scores) one.values.push_back(value_of(score, measure).value_or(kNaN));
  return one;
}

}  // namespace

std::size_t row_of(Pool& pool, const std::string& name, bool control) {
  const auto found = std::ranges::find(pool.rows, name, &PoolRow::name);
  const auto place = static_cast<std::size_t>(found - pool.rows.begin());
  if (found == pool.rows.end()) pool.rows.push_back({name, control, {}});
  return place;
}

bool is_skipped(std::span<const Record> records) {
  return std::ranges::all_of(records, [](const Record& r) { return r.status == Status::skipped; });
}

Pool pool_of(const GainTable& table, const std::vector<Measure>& measures) {
  Pool pool;
  for (const GainCell& cell : table.cells)
    pool.rows[row_of(pool, cell.row, cell.control)].explanations.insert(cell.explanation);
  std::map<std::tuple<std::string, int, double, std::string, Measure>, Voter> voters;
  for (const GainCell& cell : table.cells)
    for (const Measure measure : measures) {
      Voter& voter = voters[{cell.protocol, cell.experiment, cell.rho, cell.base_text, measure}];
      voter.dataset = cell.dataset;
      voter.images = table.images.at(static_cast<std::size_t>(cell.experiment));
      voter.rows.resize(pool.rows.size());
      voter.title = fmt::format("{}, {} / {}, rho {}, base {}, {}", cell.protocol, cell.dataset, cell.network,
                                percent(cell.rho), cell.base, name_of(measure));
      if (!is_skipped(cell.records))
        voter.rows[row_of(pool, cell.row, cell.control)] =
            candidate_of(cell, measure, scoring_of(table, cell.protocol));
    }
  for (auto& [key, voter] : voters) pool.voters.push_back(std::move(voter));
  return pool;
}

std::vector<double> ranks_of(const std::vector<double>& values, const std::vector<bool>& ranked) {
  std::vector<double> chosen;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (ranked[i]) chosen.push_back(std::isnan(values[i]) ? std::numeric_limits<double>::max() : -values[i]);
  const std::vector<double> ranks = average_ranks(chosen);
  std::vector<double> all(values.size(), kNaN);
  for (std::size_t i = 0, next = 0; i < values.size(); ++i)
    if (ranked[i]) all[i] = ranks[next++];
  return all;
}

std::vector<RanksOfImages> ranks_by_image(const Pool& pool) {
  std::vector<RanksOfImages> by_row(pool.rows.size());
  for (const auto& [image, voters] : image_ranks(pool))
    for (std::size_t r = 0; r < by_row.size(); ++r) {
      std::vector<double> known;
      for (const auto& ranks : voters)
        if (!std::isnan(ranks[r])) known.push_back(ranks[r]);
      if (!known.empty()) by_row[r][image] = mean_of(known);
    }
  return by_row;
}

std::vector<std::vector<bool>> told_apart(const Pool& pool, double level) {
  const ImageRanks images = image_ranks(pool);
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  std::vector<double> p_values;
  for (std::size_t a = 0; a < pool.rows.size(); ++a)
    for (std::size_t b = a + 1; b < pool.rows.size(); ++b) {
      std::vector<double> differences;
      for (const auto& [image, voters] : images) differences.push_back(mean_difference(voters, a, b));
      std::erase_if(differences, [](double difference) { return std::isnan(difference); });
      if (differences.empty()) continue;
      pairs.emplace_back(a, b);
      p_values.push_back(wilcoxon_p(differences));
    }
  const std::vector<double> adjusted = holm(p_values);
  std::vector<std::vector<bool>> apart(pool.rows.size(), std::vector<bool>(pool.rows.size(), false));
  for (std::size_t i = 0; i < pairs.size(); ++i)
    apart[pairs[i].first][pairs[i].second] = apart[pairs[i].second][pairs[i].first] = adjusted[i] < 1 - level;
  return apart;
}

std::vector<std::string> letters_of(const std::vector<std::size_t>& order,
                                    const std::vector<std::vector<bool>>& apart) {
  std::vector<std::string> letters(order.size());
  std::size_t covered = 0;
  char letter = 'a';
  for (std::size_t first = 0; first < order.size(); ++first) {
    std::size_t end = first + 1;
    const auto joins = [&](std::size_t place) {
      for (std::size_t i = first; i < place; ++i)
        if (apart[order[i]][order[place]]) return false;
      return true;
    };
    while (end < order.size() && joins(end)) ++end;
    if (end <= covered) continue;
    for (std::size_t i = first; i < end; ++i) letters[i] += letter;
    letter = letter == 'z' ? 'A' : static_cast<char>(letter + 1);
    covered = end;
  }
  return letters;
}

}  // namespace assay
