-- Turns the argument of a Lua service ("agent 10 abc") into its running script.
-- It is the first chunk of every service, so it costs what every service start costs: no module beyond need.

-- Taken before a preload script can replace `require`, and given back: a larger table would cost every service.
local require_own = require "skynet.library"
package.loaded["skynet.library"] = nil

local words = {}
for word in string.gmatch(..., "%S+") do
	words[#words + 1] = word
end

local name = words[1]
SERVICE_NAME = name

--- Substitutes the service name for every mark; a function, because the name may contain `%`.
local function in_place_of_mark(text)
	return (string.gsub(text, "?", function() return name end))
end

--- The first pattern whose file loads wins; every failure is kept, for none of them may be the last.
local function find_script(patterns)
	local failures = {}
	for pattern in string.gmatch(patterns, "[^;]+") do
		local script, failure = loadfile(in_place_of_mark(pattern))
		if script then
			return script, pattern
		end
		failures[#failures + 1] = failure
	end
	error(table.concat(failures, "\n"), 0)
end

local script, pattern = find_script(LUA_SERVICE)
local directory, file = string.match(pattern, "^(.*/)([^/]*)$")

package.path, package.cpath = LUA_PATH, LUA_CPATH
if directory and not string.find(file, "?", 1, true) then
	-- The service owns a directory (`svc/?/init.lua`): its own modules are found before all others.
	SERVICE_PATH = in_place_of_mark(directory)
	package.path = SERVICE_PATH .. "?.lua;" .. LUA_PATH
else
	SERVICE_PATH = directory or ""
end
LUA_SERVICE, LUA_PATH, LUA_CPATH = nil, nil, nil

if LUA_PRELOAD then
	local preload, failure = loadfile(LUA_PRELOAD)
	if not preload then
		error("preload: " .. failure, 0)
	end
	preload(table.unpack(words))
	LUA_PRELOAD = nil
end

require = require_own "skynet.require".require

script(select(2, table.unpack(words)))
