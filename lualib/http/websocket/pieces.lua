-- A string that comes in pieces. Single bytes take little more room than they would in one piece.

local pieces = {}

local MOST <const> = 256 -- pieces that are kept before they are made one

---@return table
function pieces.new()
	return { last = {} }
end

---@param list table
---@param piece string
function pieces.add(list, piece)
	local last = list.last
	last[#last + 1] = piece
	if #last == MOST then
		list[#list + 1] = table.concat(last)
		list.last = {}
	end
end

---@param list table to be used no more
---@return string
function pieces.join(list)
	list[#list + 1] = table.concat(list.last)
	return table.concat(list)
end

return pieces
