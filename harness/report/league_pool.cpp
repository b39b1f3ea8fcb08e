#include "harness/report/league_pool.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>

#include "harness/core/statistics.h"

namespace assay {
namespace {

/// Ranks of the rows on one image of one voter, NaN for rows without a value there.
std::vector<double> image_ranks(const Voter& voter, std::size_t image) {
  std::vector<double> values(voter.cells.size(), kNaN);
  std::vector<bool> ranked(voter.cells.size(), false);
  for (std::size_t r = 0; r < voter.cells.size(); ++r) {
    if (!voter.cells[r]) continue;
    if (const auto value = value_of(voter.cells[r]->scores[image], voter.measure)) {
      values[r] = *value;
      ranked[r] = true;
    }
  }
  return ranks_of(values, ranked);
}

/// By (dataset, image): for every voter the ranks of the rows.
using ImageRanks = std::map<std::pair<std::string, std::size_t>, std::vector<std::vector<double>>>;

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

}  // namespace

Pool pool_of(const GainTable& table, const std::vector<Measure>& measures) {
  Pool pool;
  for (const GainCell& cell : table.cells)
    if (std::ranges::find(pool.rows, cell.row) == pool.rows.end()) pool.rows.push_back(cell.row);
  std::map<std::tuple<std::string, int, double, std::string, Measure>, Voter> voters;
  for (const GainCell& cell : table.cells)
    for (const Measure measure : measures) {
      Voter& voter = voters[{cell.protocol, cell.experiment, cell.rho, cell.base_text, measure}];
      voter.measure = measure;
      voter.scoring = &scoring_of(table, cell.protocol);
      voter.dataset = cell.dataset;
      voter.images = cell.scores.size();
      voter.cells.resize(pool.rows.size());
      voter.cells[std::ranges::find(pool.rows, cell.row) - pool.rows.begin()] = &cell;
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

std::vector<std::vector<bool>> told_apart(const Pool& pool, double level) {
  ImageRanks images;
  for (const Voter& voter : pool.voters)
    for (std::size_t i = 0; i < voter.images; ++i)
      images[{voter.dataset, i}].push_back(image_ranks(voter, i));
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
