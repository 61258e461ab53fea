-- Accepts no messages: it prints the native memory of every service, and exits.
-- Lua heaps are not part of these figures; the debug console's `mem` shows those.

local skynet = require "skynet"
local memory = require "skynet.memory"

skynet.start(function()
	memory.dumpinfo()
	local lines = {}
	for address, bytes in pairs(memory.info()) do
		lines[#lines + 1] = string.format("%s\t%gK\n", skynet.address(address), bytes / 1024)
	end
	table.sort(lines)
	io.write(table.concat(lines), string.format("Total memory:\t%d\nTotal block:\t%d\n", memory.total(), memory.block()))
	io.flush()
	skynet.exit()
end)
