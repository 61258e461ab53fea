-- Accepts `lua` messages: QUERY keys..., UPDATE keys... value, WAIT keys...
-- It is DATACENTER, the tree of values behind `skynet.datacenter`.

local skynet = require "skynet"

local values = {}
--- The waits, as a tree of the same shape: a leaf holds the responses of one path, a branch holds nodes.
local waits = {}

local command = {}

local function find(node, ...)
	for i = 1, select("#", ...) do
		if node == nil then
			return nil
		end
		assert(type(node) == "table", "a key leads through a value that is no table")
		node = node[select(i, ...)]
	end
	return node
end

function command.QUERY(...)
	if select("#", ...) == 0 then
		return skynet.ret()
	end
	skynet.retpack(find(values, ...))
end

local function table_on_the_way(node, key)
	local inner = node[key]
	if inner == nil then
		inner = {}
		node[key] = inner
	end
	assert(type(inner) == "table", "a key leads through a value that is no table")
	return inner
end

local function answer(leaf, ...)
	for _, response in ipairs(leaf.responses) do
		response(...)
	end
end

--- Who waits for the path gets the value; who waits for something above it, which has become a branch, fails.
local function settle_waits(node, path, depth, value)
	local key = path[depth]
	local inner = node[key]
	if inner == nil then
		return
	elseif inner.responses then
		node[key] = nil
		answer(inner, depth == #path, value)
	elseif depth < #path then
		settle_waits(inner.nodes, path, depth + 1, value)
		if next(inner.nodes) == nil then
			node[key] = nil
		end
	end
end

function command.UPDATE(...)
	local n = select("#", ...)
	assert(n >= 2, "a key and a value are needed")
	local path, value = { ... }, (select(n, ...))
	path[n] = nil
	local node = values
	for i = 1, n - 2 do
		node = table_on_the_way(node, path[i])
	end
	local key = path[n - 1]
	local previous = node[key]
	node[key] = value
	if value ~= nil then
		settle_waits(waits, path, 1, value)
	end
	skynet.retpack(previous)
end

local function add_wait(...)
	local n = select("#", ...)
	assert(n >= 1, "a key is needed")
	local node = waits
	for i = 1, n - 1 do
		local key = select(i, ...)
		local inner = node[key] or { nodes = {} }
		assert(inner.nodes, "somebody waits for a branch of this path")
		node[key] = inner
		node = inner.nodes
	end
	local key = select(n, ...)
	local leaf = node[key] or { responses = {} }
	assert(leaf.responses, "somebody waits for a leaf of this branch")
	node[key] = leaf
	table.insert(leaf.responses, skynet.response())
end

function command.WAIT(...)
	local value = find(values, ...)
	if value ~= nil then
		return skynet.retpack(value)
	end
	add_wait(...)
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, name, ...)
		local f = command[name] or error("unknown command " .. tostring(name))
		f(...)
	end)
end)
