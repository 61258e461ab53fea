-- Accepts `snax` messages: the number of a method, then its arguments; `lua` ones as well after `snax.enablecluster`.
-- The body of every snax service; its first argument names the script.

local skynet = require "skynet"
local profile = require "skynet.profile"
local snax = require "skynet.snax"
local name = tostring(...)

--- Where the parts of a `snax.method` are.
local GROUP <const>, NAME <const>, FUNC <const> = 2, 3, 4

--- The modules of a snax service stand beside its script, in a directory of its name.
local function adopt_path(pattern)
	local directory = pattern:match "^(.*/)[^/]*$" or ""
	SERVICE_PATH = directory .. name .. "/"
	package.path = SERVICE_PATH .. "?.lua;" .. package.path
end

SERVICE_NAME = name
local methods, pattern = require "snax.script"(name, _G)
adopt_path(pattern)

---@type table<string, { count: integer, time: number }>
local used = {}
local ready = false

local function note(method, seconds)
	local entry = used[method] or { count = 0, time = 0 }
	used[method] = entry
	entry.count = entry.count + 1
	entry.time = entry.time + seconds
end

local function finish(method, ok, ...)
	note(method[NAME], profile.stop())
	if not ok then
		error((...), 0)
	end
	if method[GROUP] == "response" then
		skynet.retpack(...)
	else
		skynet.ignoreret()
	end
end

local function run(method, ...)
	if not ready then
		error "Init first"
	end
	profile.start()
	return finish(method, xpcall(method[FUNC], debug.traceback, ...))
end

local system = {}

function system.init(method, ...)
	if ready then
		error "Already init"
	end
	if method[FUNC] then
		method[FUNC](...)
	end
	skynet.ret()
	skynet.info_func(function()
		return used
	end)
	ready = true
end

function system.exit(method, ...)
	if method[FUNC] then
		method[FUNC](...)
	end
	skynet.ret()
	ready = false
	skynet.exit()
end

function system.hotfix(_, ...)
	skynet.retpack(require "snax.patch"(methods, ...))
end

function system.profile()
	skynet.retpack(used)
end

local function dispatch(_, _, id, ...)
	local method = methods[id] or error("Unknown method " .. tostring(id))
	local f = method[GROUP] == "system" and system[method[NAME]] or run
	f(method, ...)
end

---Lets other nodes of a cluster use this service.
function snax.enablecluster()
	skynet.dispatch("lua", dispatch)
end

skynet.start(function()
	skynet.dispatch("snax", dispatch)
end)
