# The models of a run: from the section `models` of a preset, and what models.json says of the usual ones, to a list of
# whole entries {name, stage, from, objective, orders, settings, title, role}.
#
# Everywhere $preset is the preset's path, for messages, and $usual the content of models.json. A list is an array of
# entries; functions on it take it as their input.

def stages: ["train-anyorder", "distill"];
# In the sequence in which the report shows them.
def roles: ["base", "control", "specialised", "other", "raster", "fixed"];
# The order in which a model draws that was trained for an objective.
def own_order: {random: "random", raster: "raster", orders: "greedy"};

# Names that are files or folders of every run, or goals of make.
def taken: ["all", "benchmark", "build", "checkpoints", "clean", "compare", "completion", "config", "data", "editing",
  "features", "help", "mutants", "models", "orders", "orders-exact", "orders-test", "packages", "policy", "replicate",
  "report", "rules", "rules-test", "samples", "scores", "score", "settings", "smoke", "stale", "status", "test", "text", "tokenizer", "tokens", "verify"];
def is_model_name: test("^[a-z][a-z0-9-]*$") and (IN(taken[]) | not) and (test("^(samples|clean|bench|list|missing|table|captions|rule)-") | not);

def words($list): $list | map(if . == "" then "\"\"" else . end) | "\(.[:-1] | join(", ")) or \(.[-1])";

# Checks one value of an entry.
def one_of($preset; $key; $list; $advice):
  if IN($list[]) then . else
    error("\($preset): '\($key)' must be \(words($list)), found \(tojson): \($advice).") end;

# Whether a model learns orders, those of a rule or the extracted ones.
def learns: .orders | IN("", "extracts") | not;
# The rule whose orders it learns; "" for the extracted ones or none.
def rule_of: .orders | if IN("", "extracts", "learns") then "" else . end;

# One entry, whole: what the preset says over what models.json says of this name. A model may learn the orders of one of
# the $rules, and `labeller` is then the model that makes these, where it is another than the one that extracts.
def entry($preset; $name; $usual; $rules):
  "models.\($name)" as $key
  | if $name | is_model_name | not
    then error("\($preset) names a model '\($name)': expected small letters, digits and hyphens, a letter first, and no name that a run's folder or make uses already: give it another name.")
    elif type != "object"
    then error("\($preset): '\($key)' must be an object with the keys of a model, found \(tojson): write {} for a usual model, or give at least 'stage'.")
    else . end
  | ({from: "", orders: "", settings: $name, title: $name, role: "other"} + ($usual[$name] // {}) + .) as $entry
  | (["stage", "from", "objective", "orders", "settings", "title", "role"]) as $known
  | (keys - $known) as $unknown
  | if $unknown != []
    then error("\($preset) has the unknown key '\($key).\($unknown[0])': expected only \($known | join(", ")): correct or remove it.")
    else $entry end
  | if has("stage") | not
    then error("\($preset) lacks the key '\($key).stage': expected \(words(stages)), since '\($name)' is none of the usual models (\($usual | keys | join(", "))): give its stage.")
    else . end
  | (.stage | one_of($preset; "\($key).stage"; stages; "correct the stage"))
  as $stage
  | (.orders | one_of($preset; "\($key).orders"; ["", "extracts", "learns"] + ($rules | keys_unsorted); "say what it has to do with extracted orders, or name a rule"))
  as $orders
  | (.role | one_of($preset; "\($key).role"; roles; "say what it stands for in the report")) as $role
  | if (.title | type == "string" and test("^[^[:cntrl:]]+$")) | not
    then error("\($preset): '\($key).title' must be the model's name for readers, found \(.title | tojson): give a text of one line.")
    elif .from | type != "string"
    then error("\($preset): '\($key).from' must name a model, found \(.from | tojson): give a name, or \"\" for none.")
    elif $stage == "distill" and .from == ""
    then error("\($preset): '\($key).from' must name a model, found \"\", since the stage distill starts from one: name it, or give the stage train-anyorder.")
    elif $stage != "distill" and .from != ""
    then error("\($preset): '\($key).from' must be \"\", found \(.from | tojson), since the stage \($stage) starts from random weights: remove it, or give the stage distill.")
    elif $stage != "distill" and learns
    then error("\($preset): '\($key).orders' must not be \($orders | tojson), found with the stage \($stage), which takes no orders: give the stage distill.")
    elif .settings | type != "string"
    then error("\($preset): '\($key).settings' must name a section of the preset, found \(.settings | tojson): give the name of one.")
    else . end
  | .name = $name | .labeller = ($rules[$orders].by? // "");

def names: map(.name);
def named($name): .[] | select(.name == $name);
# The model whose orders are extracted; "" if none is.
def extractor: [.[] | select(.orders == "extracts") | .name] | .[0] // "";
# The models that a model needs, itself left out: what it starts from, and what extracts the orders it learns.
def needs($name): extractor as $extractor
  | named($name) | [.from, (if learns | not then "" elif .labeller != "" then .labeller else $extractor end)] | map(select(. != ""));
# Names, and those of all that they need.
def with_needs($some): . as $models
  | ($some | unique) as $old
  | ($old + [$old[] | . as $name | $models | needs($name)[]] | unique) as $new
  | if $new == $old then $old else with_needs($new) end;
def behind($name): with_needs(needs($name));

# What arms need, in the sequence of the list: only these are trained unasked.
def planned($arms): . as $models
  | with_needs([$arms[] | .model, .teacher | select(. != "" and IN($models | names[]))]) as $needed
  | map(select(.name | IN($needed[])));

# Checks that need the whole list.
def check($preset):
  . as $models
  | ([.[] | select(.orders == "extracts") | .name]) as $extractors
  | if $extractors | length > 1
    then error("\($preset): one model may extract orders, found \($extractors | join(" and ")): leave 'orders': \"extracts\" at one of them.")
    else . end
  | reduce $models[] as $model (.;
      if $model.from != "" and ($model.from | IN($models | names[]) | not)
      then error("\($preset): 'models.\($model.name).from' names no model, found \($model.from | tojson): expected one of \($models | names | join(", ")): correct it, or add that model.")
      elif $model.labeller != "" and ($model.labeller | IN($models | names[]) | not)
      then error("\($preset): 'rules.\($model.orders).by' names no model, found \($model.labeller | tojson): expected one of \($models | names | join(", ")): correct it, or add that model.")
      elif ($model | learns) and $extractors == []
      then error("\($preset): 'models.\($model.name).orders' is \($model.orders | tojson), but no model extracts orders: give one of them 'orders': \"extracts\".")
      else . end)
  | reduce $models[] as $model (.;
      if $model.name | IN($models | behind($model.name)[])
      then error("\($preset): 'models.\($model.name)' needs itself, by way of \($models | behind($model.name) | join(", ")): expected models that begin with one from random weights: break the circle at a 'from' or 'orders'.")
      else . end);

# What a model is trained with: its section, with the objective that 'models' gives.
def training($preset; $settings):
  . as $model
  | ($settings[.settings]) as $section
  | if $section | type != "object"
    then error("\($preset) lacks the section '\(.settings)': the model '\(.name)' is trained with it (pipeline/PRESETS.md lists its keys).")
    else . end
  | if has("objective") and ($section | has("objective")) and .objective != $section.objective
    then error("\($preset): 'models.\(.name).objective' is \(.objective | tojson) and '\(.settings).objective' is \($section.objective | tojson): expected one objective: give it in one of the two places.")
    elif has("objective") or ($section | has("objective")) | not
    then error("\($preset) lacks 'models.\(.name).objective': expected random, raster or orders there or in the section '\(.settings)': give it.")
    else $section + (if has("objective") then {objective} else {} end) end
  | if $model | has("objective")
    then .objective |= one_of($preset; "models.\($model.name).objective"; own_order | keys; "say what it is trained for") else . end
  | if .objective == "orders" and ($model | learns | not)
    then error("\($preset): 'models.\($model.name).orders' must be \"learns\" or a rule, found \($model.orders | tojson), since the model is trained for the objective \"orders\": correct one of them.")
    else . end;

# The models of a preset, in its sequence. Without a section `models` these are the usual ones whose settings it has, or
# which its arms need.
def models($preset; $usual):
  . as $settings
  | (.rules // {} | if type == "object" then map_values(if type == "object" then . else {} end) else {} end) as $rules
  | if has("models") | not then
      ([$usual | keys_unsorted[] as $name | $usual[$name] | entry($preset; $name; $usual; $rules)]) as $all
      | ($settings.arms // {} | if type == "object" then map_values(objects) else {} end) as $arms
      | ($all | planned($arms) | names) as $needed
      | [$all[] | select(.settings as $section | $settings | has($section))] | names as $there
      | $all | map(select(.name | IN(($needed + $there)[])))
      | map(select(.from as $from | $from == "" or ($from | IN(($needed + $there)[]))))
    elif .models | type != "object" or . == {} then
      error("\($preset): 'models' must be an object of models by name, found \(.models | tojson): name at least one.")
    else [.models | keys_unsorted[] as $name | .[$name] | entry($preset; $name; $usual; $rules)] end
  | check($preset);

# In the sequence in which make trains them: from random weights, from extracted orders, the others.
def for_make: sort_by(if .from == "" then 0 elif learns then 1 else 2 end);

# What the report reads: the models as it shows them, each with the order that it was trained for.
def for_report($settings):
  sort_by(.role as $role | roles | index($role))
  | map({name, title, role, from, settings,
      order: ((rule_of | select(. != "")) // own_order[.objective // $settings[.settings].objective] // "")});

# What variables.mk says of the models; FOLLOWED: whether training measures likelihood along extracted orders.
def variables($arms; $rules):
  . as $models
  | (planned($arms)) as $planned
  | extractor as $extractor
  | "MODELS := \(for_make | names | join(" "))",
    "# Those that arms need, and which of these extracts orders.",
    "PLANNED := \($planned | for_make | names | join(" "))",
    "EXTRACTOR := \($extractor)",
    "ORDERS_PLANNED := \(if any($planned[]; .orders == "learns") then "yes" else "" end)",
    "RULES_PLANNED := \([($planned[] | rule_of), ($arms[].order | strings | select(IN($rules[])))] | map(select(. != "")) | unique | join(" "))",
    "TEST_ORDERS_PLANNED := \(if any($planned[]; .orders == "extracts") then "yes" else "" end)",
    ($models | for_make[] | . as $model
      | "STAGE_OF.\(.name) := \(.stage)", "START_OF.\(.name) := \(.from)",
        "LEARNS.\(.name) := \(if learns then "yes" else "" end)", "RULE_OF.\(.name) := \(rule_of)",
        "FOLLOWED.\(.name) := \(if .stage == "distill" and $extractor != "" and ($models | behind($model.name) | index($extractor)) != null then "yes" else "" end)");
