# From a preset ($preset, the input), SET ($set), INCEPTION ($inception) and the algorithms' numbers to the files of a
# run's config folder.
include "models";
def models: models($preset; $usual[0]);

def known($path): reduce $path[] as $key (
  {value: ., found: true};
  if .found and (.value | type) == "object" and (.value | has($key))
  then .value |= .[$key] else .found = false end) | .found;

# The overrides of a SET: parted at blanks, but not at those inside of "…" and […].
def overrides:
  "\"(?:[^\"\\\\]|\\\\.)*\"" as $string
  | if test("^(?:[^\"]|\($string))*$") | not then error("SET='\(.)' has a double quote without its end.") else . end
  | [scan("(?:\($string)|\\[(?:[^\\[\\]\"]|\($string))*\\]|[^\" \t\n])+")];

# "a.b=c" as key, path and value: JSON where it reads as JSON, else a string.
def parted:
  (capture("^(?<key>[^=]+)=(?<value>.*)$") // error("SET='\(.)' is no setting: expected section.key=value."))
  | .path = (.key | split("."))
  | .value as $text | .value = (try ($text | fromjson) catch $text);

# One override, checked against what is there.
def override($text; $frozen_sections):
  ($text | parted) as $set
  | $set.path as $path
  | $set.value as $value
  | if ($frozen_sections | index($path[0]))
    then error("SET changes '\($set.key)', but this run takes that stage from elsewhere: leave it, or leave FROM away.")
    elif known($path) | not
    then error("SET has the unknown key '\($set.key)': \($preset) has no such setting (pipeline/PRESETS.md lists them).")
    elif (getpath($path) | type) != ($value | type)
    then error("SET gives '\($set.key)' the value \($value | tojson): expected a \(getpath($path) | type), as in \($preset).")
    else setpath($path; $value) end;

def section($name): .[$name] // error("\($preset) lacks the section '\($name)': pipeline/PRESETS.md lists them.");

# A preset that extends another one: its keys over those of that preset, section by section. Lists by name (arms, models)
# take the place of the other's, and null takes a section away. $bases are what it stands on, the nearest first.
def under($preset):
  reduce ($preset | del(.extends) | to_entries[]) as $own (.;
    if $own.value == null then del(.[$own.key])
    elif ($own.value | type) == "object" and ($own.key | IN("arms", "models") | not)
    then .[$own.key] = (.[$own.key] | objects // {}) + $own.value
    else .[$own.key] = $own.value end);
def extended:
  if has("extends") | not then .
  elif [., $bases[]] | all(type == "object" and (.extends // "" | type == "string")) | not
  then error("\($preset): 'extends' must name a preset, found \(.extends | tojson): give its name or path.")
  else reduce ([., $bases[]] | reverse[]) as $layer ({}; under($layer)) end;

# Keys that came later and that a preset may leave out; stages are told of them only where they say something.
def later: {
  data: {crop: "none", skip_broken: false, background: "colours"},
  text: {tokenizer: ""},
  tokens: {augmentation: "none", crop_range: 1.1, views: 2, crop_area: 0.75},
  model: {positions: "tokens", condition: "classes"},
  orders: {exact_share: 1},
  sampling: {shards: 1},
  score: {pipeline: "clean-fid"},
  tokenizer: {
    perceptual: {weight: 0, side: 64, network: "data/efficientnet-lite0/efficientnet-lite0.safetensors"},
    discriminator: {weight: 0, start_step: 0, channels: 32, layers: 2, learning_rate: 0.0005, beta1: 0.5, beta2: 0.9}}};
def data_of_stages: section("data")
  | if .crop == "none" then del(.crop) else . end
  | if .skip_broken == false then del(.skip_broken) else . end
  | if .background == "colours" then del(.background) else . end;
def text_of_stages: section("text") | if .tokenizer == "" then del(.tokenizer) else . end;
def tokens_of_stages: section("tokens")
  | if .augmentation != "ten-crop" then del(.crop_range) else . end
  | if .augmentation != "random-crops" then del(.views, .crop_area) else . end
  | if .augmentation == "none" then del(.augmentation) else . end;

# The same of every section that a model is trained with, whatever its name is.
def training_off: {schedule: "cosine", decay_share: 0.2, optimizer: "adamw", average: 0, keep: "last", groups: 1, sum: "fixed"};
def looks_off: {validate_orders: 0, validate_samples: 0};
def is_training: type == "object" and has("validate_every");
# A policy draws nothing.
def with_training: with_entries(
  if .value | is_training then .key as $key | .value |= (training_off + (if $key == "policy" then {} else looks_off end) + .) else . end);
def training_of_stages: (.schedule == "cosine") as $cosine
  | with_entries(select(if .key == "decay_share" then $cosine | not else .value != (training_off + looks_off)[.key] end));
def all_training_of_stages: map_values(if is_training then training_of_stages else . end);

def model_of_stages: section("model") | if .positions == "tokens" then del(.positions) else . end
  | if .condition == "classes" then del(.condition) else . end;
# A weight of 0 takes the term's section away.
def tokenizer_of_stages: section("tokenizer")
  | if .perceptual.weight? == 0 then del(.perceptual) else . end
  | if .discriminator.weight? == 0 then del(.discriminator) else . end;
def orders_of_stages: section("orders") | if .exact_share == 1 then del(.exact_share) else . end;

# Rules by name. A stage is told of the preset's orders with one of them in the place of equation (1).
def rules: .rules // {};
def is_static: has("static");
def check_rules($names):
  (.models // {} | if type == "object" then keys_unsorted else [] end) as $models
  | if has("rules") and (.rules | type != "object")
    then error("\($preset): 'rules' must be an object of rules by name, found \(.rules | tojson).") else . end
  | reduce (rules | to_entries[]) as $rule (.;
      if $rule.key | is_model_name | not
      then error("\($preset) names a rule '\($rule.key)': expected small letters, digits and hyphens, a letter first, and no name that a run's folder or make uses already: give it another name.")
      elif $rule.key | IN("raster", "random", "greedy", "given", "extracts", "learns", $models[])
      then error("\($preset) names a rule '\($rule.key)', which is an order or a model already: give it another name.")
      elif $rule.value | type != "object"
      then error("\($preset): 'rules.\($rule.key)' must be an object with the keys of a rule, found \($rule.value | tojson): correct it (pipeline/PRESETS.md lists them).")
      elif $rule.value | has("by") and (is_static or (.by | IN($names[]) | not))
      then error("\($preset): 'rules.\($rule.key).by' must name a model\(if $rule.value | is_static then ", and only of a rule that looks at the image" else "" end), found \($rule.value.by | tojson): \(if $rule.value | is_static then "leave it out" else "expected one of \($names | join(", "))" end).")
      else . end)
  | (.orders | if type == "object" then .rule else null end) as $rule
  | if $rule | type | IN("object", "null") | not
    then error("\($preset): 'orders.rule' must be an object with the keys of a rule, found \($rule | tojson).")
    elif $rule // {} | is_static
    then error("\($preset): 'orders.rule' must choose by what is revealed, found the static rule \($rule.static | tojson): name it in 'rules', and let a model learn it.")
    else . end;
# How an arm draws whose order is a rule: by what is revealed, or in shared orders.
def drawn_by($rules):
  if $rules[.order]? == null then . elif $rules[.order] | is_static then .order = "given" else .order = "greedy" end;
# The rule of an arm; where it is greedy, that of the preset's orders, unless a policy chooses.
def rule_of_arm($settings):
  (($settings | rules)[.order]? // (if .order == "greedy" and .teacher != "policy" then $settings.orders.rule else null end)) | if . == null then . else del(.by) end;
def sampling_of_stages: section("sampling") | if .shards == 1 then del(.shards) else . end;
def score_of_stages: section("score") | if .pipeline == "clean-fid" then del(.pipeline) else . end;

# With INCEPTION=FILE a run scores by the FID's network, whatever the preset's; SET may choose other layers of it.
def with_inception:
  if $inception == "" then .
  elif [$set | overrides[] | parted.key] | index("score.network")
  then error("SET gives 'score.network', and INCEPTION=\($inception) names the network too: leave one of them away.")
  else .score = section("score") + {network: $inception, layers: ["inception-2015-12-05-2048"]} end;

def file($name; $value): "@@ \($name)", $value;

# Two sections that a preset may leave out, whole or in part. Stages are told of decoding only where something is on, so
# that what was made before the section existed stays up to date.
def decoding_off: {distance_weight: 0, distance_score: "probability", location_temperature: 0, joint_share: 0, guidance_power: 1, noise: "cumulative", step_schedule: "cosine", spacing: 0, threshold: 0};
def decoding_of_stages: if . == decoding_off then empty else
  with_entries(select((.key | IN("noise", "step_schedule", "spacing", "threshold") | not) or .value != decoding_off[.key])) end;
# An arm may decode in a way of its own.
def decoding_of($arm): .decoding + (.arms[$arm].decoding // {})
  | (keys - (decoding_off | keys)) as $unknown
  | if $unknown == [] then .
    else error("\($preset) has the unknown key 'arms.\($arm).decoding.\($unknown[0])': pipeline/PRESETS.md lists them.") end;
# It may also draw in a way of its own, but as many images of the same seeds as all arms.
def drawing: ["temperature", "top_k", "top_p", "guidance", "guidance_schedule", "location_score", "steps"];
def sampling_of($arm): (.arms[$arm].sampling // {}) as $own
  | ($own | if type == "object" then keys - drawing else [.] end) as $others
  | if $others == [] then .sampling += $own | sampling_of_stages
    else error("\($preset): 'arms.\($arm).sampling' must have keys of how images are drawn (\(drawing | join(", "))), found \($others[0] | tojson).") end;
# By default the arms complete that the report compares: the control's but for raster order, and the specialised ones.
def editing_default($models):
  def known_order: .model as $model | .order as $order | $models[] | select(.name == $model) | .role as $role
    | if $role == "control" and ($order | IN("random", "greedy")) then "raster"
      elif $role == "specialised" and $order == "greedy" then "greedy" else empty end;
  {images: 500, fractions: [0.25, 0.5, 0.75], shape: "scattered",
    arms: ((.arms // {}) | objects | with_entries(.value |= first((objects | known_order), null) | select(.value != null)))};
def editing_of_stages: .editing | if .shape == "scattered" then del(.shape) else . end;
# A share as the whole per cent that file names have.
def per_cent: . * 100 | round | tostring;
def is_share: type == "number" and . > 0 and . < 1;
def check_editing:
  if (.editing.images | type == "number" and . >= 1 and . == floor) | not
  then error("\($preset): 'editing.images' must be a whole number of at least 1, found \(.editing.images | tojson).")
  elif (.editing.fractions | type == "array" and length > 0 and all(.[]; is_share)
    and (map(per_cent) | unique | length) == length) | not
  then error("\($preset): 'editing.fractions' must be a list of shares between 0 and 1 that differ by a per cent, found \(.editing.fractions | tojson).")
  elif (.arms // {}) as $arms | [.editing.arms | keys_unsorted[] | select($arms[.] == null)] | length > 0
  then error("\($preset): 'editing.arms' names arms that 'arms' lacks: \(.editing.arms | keys_unsorted | tojson).")
  elif [.editing.arms[] | select(IN("raster", "random", "greedy") | not)] | length > 0
  then error("\($preset): 'editing.arms' gives each arm raster, random or greedy, found \([.editing.arms[]] | tojson).")
  elif .editing.shape | IN("scattered", "block", "rectangle") | not
  then error("\($preset): 'editing.shape' must be scattered, block or rectangle, found \(.editing.shape | tojson).")
  elif (.editing | keys - ["arms", "fractions", "images", "shape"]) != []
  then error("\($preset) has the unknown key 'editing.\((.editing | keys - ["arms", "fractions", "images", "shape"])[0])': pipeline/PRESETS.md lists them.")
  else . end;

# What make itself reads: numbers of files, and paths.
def check_count($path; $most):
  getpath($path) as $found
  | if ($found | type == "number" and . >= 1 and . <= $most and . == floor) | not
    then error("\($preset): '\($path | join("."))' must be a whole number from 1 to \($most), found \($found | tojson).") else . end;
def check_path($path):
  getpath($path) as $found
  | if ($found | type == "string" and (test("[[:cntrl:]]") | not)) | not
    then error("\($preset): '\($path | join("."))' must be a string without line breaks, found \($found | tojson).") else . end;
def check_names:
  section("tokens") as $tokens | section("sampling") as $sampling | section("data") as $data | section("score") as $score
  | check_count(["tokens", "train_shards"]; 16384) | check_count(["tokens", "test_shards"]; 16384)
  | if (.sampling.seeds | type == "array" and length >= 1 and length <= 1024 and all(.[]; type == "number")) | not
    then error("\($preset): 'sampling.seeds' must be a list of 1 to 1024 whole numbers, found \(.sampling.seeds | tojson | .[:80]).") else . end
  | check_count(["sampling", "shards"]; 16384 / (.sampling.seeds | length) | floor)
  | if .sampling.shards > .editing.images and (.editing.arms | length > 0)
    then error("\($preset): 'sampling.shards' must be at most 'editing.images', \(.editing.images), found \(.sampling.shards).") else . end
  | check_path(["data", "source"]) | check_path(["data", "path"]) | check_path(["score", "network"]);
# A text as the value of a variable of make's, whatever is in it.
def text_for_make: "$(empty)" + (gsub("[$]"; "$$") | gsub("#"; "$(hash)")) + "$(empty)";
# The number of a part as file names have it.
def part: tostring | "00000"[length:] + .;
# The seed of every sample shard, with the part of its images where several shards share them.
def sample_parts: .shards as $shards | .seeds | (length * $shards) as $count | to_entries[] | .key as $first | .value as $seed
  | range($shards)
  | "SEED_OF.\($first * $shards + . | part)-of-\($count | part) := \($seed)"
    + if $shards == 1 then "" else "-\(part)-of-\($shards | part)" end;

if type != "object" then error("\($preset) is not a JSON object.") else . end
| extended
| reduce (later | keys[]) as $name (.; if .[$name] | type == "object" then .[$name] = (later[$name] + .[$name]) else . end)
| with_training
| .decoding = (decoding_off + (.decoding // {}))
| with_inception
| models as $named
| check_rules($named | names)
| .editing = (editing_default($named) + (.editing // {}))
# What is taken from elsewhere by its section; that of the model that extracts orders has any name.
| ($frozen | split(" ") | map(if . == "@extractor" then $named[] | select(.orders == "extracts") | .settings else . end)) as $sections
| reduce ($set | overrides)[] as $text (.; override($text; $sections))
| check_editing
| check_names
| . as $settings
| models as $models
| ($models | names) as $names
| $algorithms[0] as $algorithm
# What the run remembered and a new SET leaves out.
| ($set | overrides | map(parted.key)) as $given
| [try ($kept | overrides[] | parted) catch empty
    | select(.key as $key | $given | index($key) | not)
    | .path as $path | .now = (try ($settings | getpath($path)) catch null) | select(.now != .value)
    | "\(.key)=\(.value | if type == "string" then . else tojson end) is dropped (now \(.now | tojson | if length > 60 then .[:60] + "…" else . end))"] as $dropped
# Collected before anything is printed, so that an error leaves nothing half-written.
| [file("settings.json"; all_training_of_stages + {sampling: sampling_of_stages, tokenizer: tokenizer_of_stages, orders: orders_of_stages, editing: editing_of_stages}),
  file("tokenizer.json"; {algorithm: $algorithm.tokenizer, data: data_of_stages, tokenizer: tokenizer_of_stages}),
  file("tokens.json"; {algorithm: $algorithm.tokens, data: data_of_stages, tokens: tokens_of_stages}),
  (if has("text")
    then file("text.json"; {algorithm: $algorithm.text, data: data_of_stages, text: text_of_stages}) else empty end),
  (if has("classifier")
    then file("classifier.json"; {algorithm: $algorithm.score, data: data_of_stages, classifier: section("classifier")})
    else empty end),
  file("orders.json"; {algorithm: $algorithm.orders, compute: section("compute"), orders: orders_of_stages}),
  (. as $settings | rules | to_entries[] | .value as $rule
    | file("rule-\(.key).json"; {algorithm: $algorithm.orders, compute: ($settings | section("compute")),
        orders: ($settings | orders_of_stages | del(.exact_share) + {refresh: 0, candidates: 0, rule: ($rule | del(.by))})})),
  file("score.json"; {algorithm: $algorithm.score, compute: section("compute"), data: data_of_stages, score: score_of_stages}),
  (if has("policy")
    then section("policy") as $policy
      | ["width", "layers", "heads", "hidden"] as $sizes
      | file("policy.json"; {algorithm: $algorithm.distill, compute: section("compute"),
          policy: ($policy | with_entries(select(.key | IN($sizes[])))),
          training: ({objective: "orders"} + ($policy | training_of_stages | with_entries(select(.key | IN($sizes[]) | not))))})
    else empty end),
  ($models[] as $model
    | file("\($model.name).json";
        {algorithm: (if $model.stage == "distill" then $algorithm.distill else $algorithm.anyorder end),
          compute: section("compute"), model: model_of_stages, training: ($model | training($preset; $settings) | training_of_stages)})),
  (section("arms") | keys_unsorted[] as $arm
    | if ($arm | test("^[a-z0-9-]+$") | not)
      then error("\($preset) names an arm '\($arm)': expected small letters, digits and hyphens.")
      elif (.[$arm].model | IN($names[]) | not)
      then error("\($preset): 'arms.\($arm).model' must be one of \($names | join(", ")), found \(.[$arm].model | tojson).")
      elif (.[$arm].teacher | IN("", $names[], ($settings | if has("policy") then "policy" else empty end)) | not)
      then error("\($preset): 'arms.\($arm).teacher' must be \"\" or one of \($names + ($settings | if has("policy") then ["policy"] else [] end) | join(", ")), found \(.[$arm].teacher | tojson).")
      else . end
    | file("samples-\($arm).json";
        {algorithm: $algorithm.samples, compute: ($settings | section("compute")),
          sampling: ($settings | sampling_of($arm)),
          arm: (.[$arm] + {name: $arm} | del(.decoding, .sampling) | drawn_by($settings | rules))}
        + (.[$arm] | rule_of_arm($settings) | if . == null then {} else {rule: .} end)
        + (($settings | decoding_of($arm) | {decoding: decoding_of_stages}) // {}))),
  file("editing.json"; editing_of_stages),
  file("models.json"; {models: ($models | for_report($settings))}),
  ("@@ variables.mk",
    "# What make needs of settings.json.",
    "TRAIN_SHARDS := \(.tokens.train_shards)",
    "TEST_SHARDS := \(.tokens.test_shards)",
    "SAMPLE_SHARDS := \((.sampling.seeds | length) * .sampling.shards)",
    (.sampling | sample_parts),
    "TEXT := \(if has("text") then "yes" else "" end)",
    "POLICY_PLANNED := \(if has("policy") and ($models | extractor) != "" then "yes" else "" end)",
    "CLASSIFIED := \(if has("classifier") then "yes" else "" end)",
    "CAPTIONED := \(if .model.condition == "captions" then "yes" else "" end)",
    "DATA_SOURCE := \(.data.source | text_for_make)",
    "DATA_PATH := \(.data.path | text_for_make)",
    "FEATURE_NETWORK := \(.score.network | text_for_make)",
    "PERCEPTUAL_NETWORK := \(tokenizer_of_stages.perceptual.network? // "" | strings | text_for_make)",
    (.arms as $arms | (rules | keys_unsorted) as $rules | $models | variables($arms; $rules)),
    "RULES := \(rules | keys_unsorted | join(" "))",
    (rules | to_entries[] | "SHARED.\(.key) := \(if .value | is_static then "yes" else "" end)",
      "BY.\(.key) := \(.value.by? // "")",
      "SUMS_UP.\(.key) := \(if .value.static? == "mean-rank" then "yes" else "" end)",
      "CLUSTERED.\(.key) := \(if .value.scope? == "clusters" then "yes" else "" end)"),
    "ARMS := \(.arms | keys_unsorted | join(" "))",
    "EDITED_IMAGES := \(.editing.images)", "EDITED_SHAPE := \(editing_of_stages.shape // "")",
    "EDITED_ARMS := \(.editing.arms | keys_unsorted | join(" "))",
    "EDITED_SHARES := \(.editing.fractions | map(per_cent) | join(" "))",
    (.editing.fractions[] | "SHARE.\(per_cent) := \(.)"),
    (.editing.arms | to_entries[] | "KNOWN_ORDER_OF.\(.key) := \(.value)"),
    (.arms | to_entries[] | "MODEL_OF.\(.key) := \(.value.model)", "TEACHER_OF.\(.key) := \(.value.teacher)",
      (.value.order as $order | "SHARES.\(.key) := \(if $settings | rules[$order]? // {} | is_static then $order else "" end)"))),
  (if $given != [] and $dropped != []
    then "@@ warning", "SET replaces what \($run) remembered: \($dropped | join(", ")). Give all overrides in one SET to keep them."
    else empty end)]
| .[]
