-- The writing side of datasheets. It keeps the compiled texts, which all readers of the process read in place, and
-- starts the service `datasheet`, for which every reader waits.

local skynet = require "skynet"
local service = require "skynet.service"
local core = require "skynet.datasheet.core"
local dump = require "skynet.datasheet.dump"

local M = {}

---@class datasheet.sheet
---@field text string must be kept as this very string: the pointer is the address of its bytes
---@field pointer lightuserdata

---@type integer?
local server
---@type table<string, datasheet.sheet>
local sheets = {}

--- The body of the service `datasheet`.
local function main()
	require "skynet.datasheet.service" ()
end

local function start()
	server = server or service.new("datasheet", main)
	return server
end

local function text_of(value)
	if type(value) == "string" then
		dump.undump(value)
		return value
	end
	return dump.dump(value)
end

--- Lua keeps equal strings of up to 40 bytes once; sheets are told apart by the addresses of their texts.
local LONG_STRING <const> = 41

local function publish(name, text)
	text = text .. ("\0"):rep(math.max(1, LONG_STRING - #text))
	local sheet = { text = text, pointer = core.stringpointer(text) }
	skynet.call(start(), "lua", "update", name, sheet.pointer)
	sheets[name] = sheet
end

--- The text form of a table, which `new` and `update` take in its place.
---@param value table
---@return string
function M.compile(value)
	return dump.dump(value)
end

--- Makes a datasheet known. Raises when the name exists.
---@param name string
---@param value table|string
function M.new(name, value)
	assert(not sheets[name], "the datasheet exists already")
	publish(name, text_of(value))
end

--- Keeps a text until its last reader has gone on to the next.
---@param sheet datasheet.sheet
local function keep(sheet)
	skynet.call(server, "lua", "collect", sheet.pointer)
	return sheet.text
end

--- Replaces a datasheet; tables that readers hold change in place.
---@param name string
---@param value table|string
function M.update(name, value)
	local old = assert(sheets[name], "there is no such datasheet")
	publish(name, dump.diff(old.text, text_of(value)))
	skynet.fork(keep, old)
end

-- A `preload` script requires this before there are services; then the first sheet starts the service.
if not LUA_PRELOAD then
	skynet.init(start)
end

return M
