-- Trees of packed blocks: one native block a table, made once, read by every service of the process.
-- A reader unpacks only the tables it looks at. Blocks never change; who made them frees them when nobody reads.

local skynet = require "skynet"

local M = {}

---@class blocks.tree
---@field pointer lightuserdata the root's block
---@field size integer
---@field all { pointer: lightuserdata, size: integer }[]

---@class blocks.policy
---@field key fun(key: any) raises when the key can't be shared
---@field value fun(value: any): any the value as stored; raises when it can't be shared
---@field table? fun(t: table) raises when the table can't be shared
---@field functions? boolean whether functions without upvalues may be stored

--- Stands for a table whose block is being made: to meet it again means the tree is a circle.
local IN_THE_MAKING <const> = {}

local function make(t, policy, made, all)
	if made[t] then
		return made[t] ~= IN_THE_MAKING and made[t] or error("a table that contains itself can't be shared", 0)
	end
	made[t] = IN_THE_MAKING
	if policy.table then
		policy.table(t)
	end
	-- Children are light userdata among the values, which no policy lets through as a value of its own.
	local values, sizes, functions = {}, {}, {}
	for key, value in next, t do
		policy.key(key)
		if type(value) == "table" then
			local child = make(value, policy, made, all)
			values[key], sizes[key] = child.pointer, child.size
		elseif policy.functions and type(value) == "function" then
			functions[key] = M.dump(value)
		else
			values[key] = policy.value(value)
		end
	end
	local pointer, size = skynet.pack(values, sizes, #t, functions)
	local block = { pointer = pointer, size = size }
	all[#all + 1], made[t] = block, block
	return block
end

--- The byte code of a function that depends on nothing but its arguments (and the globals of who runs it).
function M.dump(f)
	local upvalue = debug.getupvalue(f, 1)
	if debug.getupvalue(f, 2) or upvalue and upvalue ~= "_ENV" then
		error("Invalid type [function with upvalues]", 0)
	end
	if debug.getinfo(f, "S").what == "C" then
		error("Invalid type [C function]", 0)
	end
	return string.dump(f)
end

--- Makes the blocks of a table and of all tables in it.
---@param t table
---@param policy blocks.policy
---@return blocks.tree
function M.build(t, policy)
	local all = {}
	local ok, root = pcall(make, t, policy, {}, all)
	if not ok then
		M.free { all = all }
		error(root, 0)
	end
	return { pointer = root.pointer, size = root.size, all = all }
end

--- Gives the memory back; nobody may read the tree any more.
---@param tree blocks.tree
function M.free(tree)
	for _, block in ipairs(tree.all) do
		skynet.trash(block.pointer, block.size)
	end
	tree.all = {}
end

--- Reads one block.
---@param pointer lightuserdata
---@param size integer
---@return table values scalars and functions; where there is a table, the pointer of its block
---@return table<any, integer> sizes of the blocks of those tables, by key
---@return integer length of the array the table was
function M.open(pointer, size)
	local values, sizes, length, functions = skynet.unpack(pointer, size)
	for key, code in next, functions do
		values[key] = load(code, "=shared", "b")
	end
	return values, sizes, length
end

--- The whole tree as plain tables that belong to the caller.
---@param pointer lightuserdata
---@param size integer
---@return table
function M.copy(pointer, size)
	local values, sizes = M.open(pointer, size)
	for key, child in next, sizes do
		values[key] = M.copy(values[key], child)
	end
	return values
end

return M
