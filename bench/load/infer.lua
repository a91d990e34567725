-- The closed loop's requests: one model, 16 floats, 2 000 units in turn. Prints its result as one line of JSON.
local requests = {}
local at = 0

function init()
  local values = {}
  for i = 1, 16 do values[i] = string.format("%.6f", i * 0.137931 - 1) end
  local body = '{"id":"bench","inputs":[{"name":"features","shape":[1,16],"datatype":"FP32","data":['
    .. table.concat(values, ",") .. ']}],"parameters":{"source":"bench","trace":"0123456789abcdef0123456789abcdef"}}'
  for unit = 1, 2000 do
    local headers = { ["content-type"] = "application/json", ["x-weir-unit"] = "unit-" .. unit }
    requests[unit] = wrk.format("POST", nil, headers, body)
  end
end

function request()
  at = at % 2000 + 1
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\nRESULT {"requests":%d,"micros":%d,"refused":%d,"broken":%d,"p50":%d,"p99":%d}\n',
    summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout, latency:percentile(50), latency:percentile(99)))
end
