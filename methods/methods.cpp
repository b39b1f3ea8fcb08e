#include "methods/method.h"

namespace assay {

#define METHOD(identifier, summary) std::unique_ptr<Method> make_##identifier(Params& params);
#include "methods/methods.def"
#undef METHOD

const std::vector<Entry<Method>>& methods() {
  static const std::vector<Entry<Method>> entries{
#define METHOD(identifier, summary) {user_name(#identifier), summary, make_##identifier},
#include "methods/methods.def"
#undef METHOD
  };
  return entries;
}

}  // namespace assay
