# From make's plan, a line 'job: TARGET from: PREREQUISITE … run: COMMAND' for each file that is to be made, the job arrays: an array of
#   {name, program, sharded, tasks: [{number, target, from: [those of the plan], command}], count, after: [{group, how}]}
# in a sequence in which each comes after those that it waits for.
#
# $active: an array of one object, the targets that jobs make already, each with the id of its job; no task is made of these, and
#   'after' names the jobs instead: {job, how: "afterok"}
# $strict: whether other lines are errors; what is to be installed or built first is there already where jobs are submitted
# $per: how many shards a task makes, by the group's name; 1 where it is not there

# One line of the plan. Names hold no blanks, so the marks stand between words.
def parsed:
  split(" run: ") as $halves
  | ($halves[0] | split(" from: ")) as $names
  | { target: ($names[0] | ltrimstr("job: ")), from: (($names[1] // "") | split(" ") | map(select(. != ""))),
      command: ($halves[1:] | join(" run: ")) };

# The words of a command up to its first option: the program and what it is asked to do.
def words: .command | split(" ") | .[0] |= sub(".*/"; "") | .[:(map(startswith("-")) | index(true)) // length];

# How far a file is from what is there: arrays hold files of one depth, which never wait for each other.
def with_depths:
  reduce .[] as $task ({ depths: {}, tasks: [] };
    .depths as $depths
    | ($task.from | map(select($depths[.]))) as $from
    | (([$from[] | $depths[.]] | max // 0) + 1) as $depth
    | .depths[$task.target] = $depth
    | .tasks += [$task + { from: $from, depth: $depth }])
  | .tasks;

def grouped:
  map(. + { words: words })
  | . as $tasks
  | [$tasks[] | "\(.words | join(" ")) \(.depth)"] | . as $keys
  | reduce range($keys | length) as $i ({}; .[$keys[$i]] += [$tasks[$i]])
  | [to_entries[].value] | sort_by(.[0].depth)
  # Where a program makes something at several depths, the later arrays have numbers.
  | reduce .[] as $group ({ seen: {}, groups: [] };
      ($group[0].words | join("-")) as $words
      | .seen[$words] += 1
      | .groups += [{ name: "\($words)\(if .seen[$words] > 1 then "-\(.seen[$words])" else "" end)", program: $group[0].words[0],
          sharded: ($group | all(.target | test("[0-9]{5}-of-[0-9]{5}"))), tasks: ($group | map({ target, from, command })) }])
  | .groups;

# Which task of which group makes a file.
def makers: reduce .[] as $group ({}; reduce $group.tasks[] as $task (.; .[$task.target] = [$group.name, $task.number]));

# What a group waits for: where each of its tasks needs only the task of the same number, that one ('aftercorr').
def waiting($makers; $sizes):
  . as $group
  | [.tasks[] | .number as $number | .from[] | $makers[.] // empty | [.[0], .[1] == $number]]
  | group_by(.[0])
  | map({ group: .[0][0], how: (if all(.[1]) and $sizes[.[0][0]] == $sizes[$group.name] then "aftercorr" else "afterok" end) });

$active[0] as $active
| # One process for all shards of a task where the program can: 'extract-orders' takes folders and a range, and reads its model once.
def part: "(?<index>[0-9]{5})-of-(?<count>[0-9]{5})";
def ranged:
  map(. + { alike: (.command | gsub(part; "*")) }) | group_by([.number, .alike])
  | map((.[0].command | startswith("extract-orders ") or contains("/extract-orders ")) as $can
      | [.[].target | capture(part) // empty | .index | tonumber] as $indices
      | if $can and length > 1 and ($indices | length) == length and $indices == [range($indices[0]; $indices[0] + length)]
        then (.[0].target | capture(part).count | tonumber) as $count
          | (.[0].alike | gsub("/(tokens|orders)-[*][.]shard"; "") | sub(" +$"; "")) as $folders
          | map(.command = "\($folders) --shards \($indices[0])-\($indices[-1])/\($count)")
        else . end)
  | add | map(del(.alike)) | sort_by(.number);

[inputs | select(. != "")]
| (map(select(startswith("job: ") | not)) | first) as $other
| if $other and $strict then error("make plans a command that no job can run: \($other)") else . end
| map(select(startswith("job: ")) | parsed) | with_depths
| map(select($active[.target] | not))
| grouped
| map(.name as $name | .tasks |= (to_entries | map(.value + { number: (.key / ($per[$name] // 1) | floor) })))
| makers as $makers
| (map({ key: .name, value: (.tasks[-1].number + 1) }) | from_entries) as $sizes
| map(. + { count: $sizes[.name], tasks: (.tasks | ranged), after:
    (waiting($makers; $sizes) + ([.tasks[].from[] | $active[.] // empty] | unique | map({ job: ., how: "afterok" }))) })
