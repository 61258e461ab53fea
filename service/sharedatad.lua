-- Accepts `lua` messages: new, update, delete, query, monitor, release. Data: a table, Lua code, or "@file".
-- It keeps the data as packed blocks that all services of the process read in place.

local skynet = require "skynet"
local blocks = require "skynet.sharedata.blocks"
local new_store = require "skynet.sharedata.store"

local store = new_store()
local command = {}

local VALUE_TYPES <const> = { boolean = true, number = true, string = true }

---@type blocks.policy
local policy = {
	key = function(key)
		local number = math.type(key) == "integer" and key >= -0x80000000 and key <= 0x7fffffff
		if not (number or type(key) == "string") then
			error("Invalid key " .. tostring(key), 0)
		end
	end,
	value = function(value)
		if not VALUE_TYPES[type(value)] then
			error("Invalid value type " .. type(value), 0)
		end
		return value
	end,
}

--- Read past the code cache: an update from a file is made because the file has changed.
local function read_file(filename)
	local file = assert(io.open(filename, "rb"))
	local text = file:read "a"
	file:close()
	return text
end

local function compile(code, environment)
	local chunkname = code
	if code:sub(1, 1) == "@" then
		code = read_file(code:sub(2))
	end
	return assert(load(code, chunkname, "t", environment))
end

--- The table that code returns or, when it returns none, the globals it has set.
local function run(code, ...)
	local environment = setmetatable({}, { __index = _ENV })
	local result = compile(code, environment)(...)
	if type(result) == "table" then
		return result
	end
	return setmetatable(environment, nil)
end

local function build(value, ...)
	if type(value) == "string" then
		value = run(value, ...)
	end
	assert(value == nil or type(value) == "table", "shared data is a table, code or a file")
	return blocks.build(value or {}, policy)
end

local function reply_nothing()
	skynet.retpack()
end

function command.new(_, name, value, ...)
	assert(not store:has(name), "already exists")
	local tree = build(value, ...)
	store:publish(name, tree)
	reply_nothing()
end

function command.update(_, name, value, ...)
	store:publish(name, build(value, ...))
	reply_nothing()
end

function command.delete(_, name)
	store:withdraw(name)
	reply_nothing()
end

function command.query(source, name)
	assert(store:has(name), "no such data")
	skynet.retpack(store:borrow(name, source))
end

store:serve(command)
