-- `sharetable_mixed` with the service of another library. Says TEST OK.
local path = SERVICE_PATH:gsub("%?.*", "") .. "sharetable_mixed.lua"
assert(loadfile(path))(...)
