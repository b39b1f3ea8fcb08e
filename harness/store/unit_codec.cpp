#include "harness/store/unit_codec.h"

#include <fmt/format.h>

#include <unordered_map>

#include "harness/core/error.h"

namespace assay {
namespace {

// 2 had neither figures of maps nor pictures of samples, 1 neither multiply-adds nor the cost of
// observations.
constexpr int kFrameVersion = 3, kOldest = 2;

class Texts {
 public:
  std::size_t operator()(const std::string& text) {
    const auto [place, fresh] = index_.emplace(text, list_.size());
    if (fresh) list_.push_back(text);
    return place->second;
  }
  Json list() const { return list_; }

 private:
  std::vector<std::string> list_;
  std::unordered_map<std::string, std::size_t> index_;
};

Json row(Texts& texts, const SampleRow& s) {
  return Json::array({texts(s.sample), texts(s.name), texts(s.image), s.labels, s.predicted, s.right,
                      s.p_predicted, s.p_label, s.margin, static_cast<int>(s.status), texts(s.reason)});
}

Json row(const Cost& c) {
  return Json::array({c.forwards, c.backwards, c.work.asked, c.work.done, c.seconds});
}

Json row(Texts& texts, const ExplanationRow& e) {
  return Json::array({texts(e.explanation), texts(e.sample), static_cast<int>(e.status), texts(e.reason),
                      row(e.cost), texts(text_of(e.figures))});
}

Json row(Texts& texts, const ObservationRow& o) {
  Json made = Json::array({texts(o.cell), texts(o.sample), static_cast<int>(o.record.status),
                           texts(o.record.reason), o.record.values, row(o.record.cost)});
  if (!o.record.curves.empty()) made.push_back(Json(o.record.curves));
  return made;
}

template <class Row>
Json rows(Texts& texts, const std::vector<Row>& list) {
  Json all = Json::array();
  for (const Row& item : list) all.push_back(row(texts, item));
  return all;
}

/// The elements of one row, taken one after the other.
class Cursor {
 public:
  Cursor(const Json& texts, const Json& row, int version) : texts_(&texts), row_(&row), version_(version) {}
  int version() const { return version_; }
  bool at_end() const { return next_ >= row_->size(); }
  template <class T>
  T take() {
    return row_->at(next_++).get<T>();
  }
  std::string text() { return texts_->at(take<std::size_t>()).get<std::string>(); }
  Status status() { return static_cast<Status>(take<int>()); }
  Cost cost() {
    const Json& c = row_->at(next_++);
    return {.forwards = c.at(0).get<std::int64_t>(),
            .backwards = c.at(1).get<std::int64_t>(),
            .work = {.asked = c.at(2).get<std::int64_t>(), .done = c.at(3).get<std::int64_t>()},
            .seconds = c.at(4).get<double>()};
  }

 private:
  const Json* texts_;
  const Json* row_;
  int version_;
  std::size_t next_ = 0;
};

void read(Cursor& from, SampleRow& s) {
  s.sample = from.text();
  s.name = from.text();
  s.image = from.version() < 3 ? s.name : from.text();
  s.labels = from.take<std::vector<std::int64_t>>();
  s.predicted = from.take<std::int64_t>();
  s.right = from.take<bool>();
  s.p_predicted = from.take<double>();
  s.p_label = from.take<double>();
  s.margin = from.take<double>();
  s.status = from.status();
  s.reason = from.text();
}

void read(Cursor& from, ExplanationRow& e) {
  e.explanation = from.text();
  e.sample = from.text();
  e.status = from.status();
  e.reason = from.text();
  e.cost = from.cost();
  if (from.version() >= 3) e.figures = figures_from(from.text());
}

void read(Cursor& from, ObservationRow& o) {
  o.cell = from.text();
  o.sample = from.text();
  o.record.status = from.status();
  o.record.reason = from.text();
  o.record.values = from.take<std::vector<double>>();
  o.record.cost = from.cost();
  if (!from.at_end()) o.record.curves = from.take<std::vector<std::vector<double>>>();
}

/// The host stands beside the place: frames had it before they had the rest.
Json packed_place(const Workplace& place) {
  return Json::array({place.device, place.uuid, place.threads, place.blas, place.blas_gflops});
}

Workplace place_in(const Json& content) {
  Workplace place;
  place.host = content.at("host").get<std::string>();
  if (const auto packed = content.find("place"); packed != content.end()) {
    place.device = packed->at(0).get<std::string>();
    place.uuid = packed->at(1).get<std::string>();
    place.threads = packed->at(2).get<int>();
    place.blas = packed->at(3).get<std::string>();
    place.blas_gflops = packed->at(4).get<double>();
  }
  return place;
}

template <class Row>
void read(const Json& content, const char* key, std::vector<Row>& list) {
  const Json& texts = content.at("texts");
  const int version = content.at("version").get<int>();
  for (const Json& row : content.at(key)) {
    Cursor cursor(texts, row, version);
    read(cursor, list.emplace_back());
  }
}

}  // namespace

std::vector<std::uint8_t> encode(const UnitResult& unit) {
  Texts texts;
  Json content{{"version", kFrameVersion},
               {"experiment", unit.experiment},
               {"rank", unit.rank},
               {"ranks", unit.ranks},
               {"host", unit.place.host},
               {"place", packed_place(unit.place)},
               {"date", unit.date},
               {"seconds", unit.seconds},
               {"peak_memory", unit.peak_memory},
               {"samples", rows(texts, unit.samples)},
               {"explanations", rows(texts, unit.explanations)},
               {"observations", rows(texts, unit.observations)}};
  content["texts"] = texts.list();
  return Json::to_msgpack(content);
}

UnitResult decode(std::span<const std::uint8_t> bytes) {
  try {
    const Json content = Json::from_msgpack(bytes.begin(), bytes.end());
    const int version = content.at("version").get<int>();
    if (version < kOldest || version > kFrameVersion)
      throw DataError(
          fmt::format("written by another version (format {}, this program reads {} and {}): choose another "
                      "output folder, or go on with the program that wrote it",
                      version, kOldest, kFrameVersion));
    UnitResult unit;
    unit.experiment = content.at("experiment").get<std::string>();
    unit.rank = content.at("rank").get<int>();
    unit.ranks = content.at("ranks").get<int>();
    unit.place = place_in(content);
    unit.date = content.at("date").get<std::string>();
    unit.seconds = content.at("seconds").get<double>();
    unit.peak_memory = content.at("peak_memory").get<std::int64_t>();
    read(content, "samples", unit.samples);
    read(content, "explanations", unit.explanations);
    read(content, "observations", unit.observations);
    return unit;
  } catch (const Json::exception& error) {
    throw DataError(fmt::format("not a unit: {}", error.what()));
  }
}

}  // namespace assay
