-- The tables a reader of a datasheet holds. A table unpacks itself at its first access and is a plain table from
-- then on; an update changes in place all that have been handed out, and leaves the others packed.

local blocks = require "skynet.sharedata.blocks"

local M = {}

---@class tree.packed
---@field lease lease keeps the block readable
---@field pointer lightuserdata
---@field size integer

--- What a table that has not been accessed yet will unpack.
---@type table<table, tree.packed>
local packed = setmetatable({}, { __mode = "k" })

local lazy = {}

local function new_table(lease, pointer, size)
	local t = setmetatable({}, lazy)
	packed[t] = { lease = lease, pointer = pointer, size = size }
	return t
end

--- Fills a table from a block; inner tables that stay are told, the others are new and packed.
local function fill(t, lease, pointer, size)
	local values, sizes = blocks.open(pointer, size)
	for key in next, t do
		if values[key] == nil then
			rawset(t, key, nil)
		end
	end
	for key, value in next, values do
		local old = rawget(t, key)
		if not sizes[key] then
			rawset(t, key, value)
		elseif type(old) == "table" then
			M.update(old, lease, value, sizes[key])
		else
			rawset(t, key, new_table(lease, value, sizes[key]))
		end
	end
end

local function unpack_now(t)
	local source = packed[t]
	packed[t] = nil
	setmetatable(t, nil)
	fill(t, source.lease, source.pointer, source.size)
end

function lazy.__index(t, key)
	unpack_now(t)
	return t[key]
end

function lazy.__newindex(t, key, value)
	unpack_now(t)
	t[key] = value
end

function lazy.__len(t)
	unpack_now(t)
	return #t
end

function lazy.__pairs(t)
	unpack_now(t)
	return next, t, nil
end

--- A packed table over a whole edition.
---@param lease lease
---@return table
function M.new(lease)
	return new_table(lease, lease.pointer, lease.size)
end

--- Brings a table, and all that was handed out of it, to another edition.
---@param t table
---@param lease lease
---@param pointer lightuserdata
---@param size integer
function M.update(t, lease, pointer, size)
	if packed[t] then
		packed[t] = { lease = lease, pointer = pointer, size = size }
	else
		fill(t, lease, pointer, size)
	end
end

return M
