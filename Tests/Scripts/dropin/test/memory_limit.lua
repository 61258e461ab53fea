-- A script that fits into a limit in skynet fits here: code that services share is not held against it.
-- Ends in `TEST OK memory_limit` or `TEST FAILED memory_limit: why`.

package.path = "./Tests/Scripts/runtime/support/?.lua;" .. package.path
local checks = require "checks"
local skynet = require "skynet"

checks.run("memory_limit", function()
	local limited = skynet.newservice "limited"
	checks.equal(skynet.call(limited, "lua", "fits", 520), true, "the spare memory, without the code")
	local ok, err = skynet.call(limited, "lua", "fits", 2048)
	checks.equal({ ok, err }, { false, "not enough memory" })
	checks.equal(skynet.call(limited, "lua", "fits", 520), true, "the service lives on")
	-- Copies of code beyond the first are its own: the limit does not grow with each.
	skynet.call(limited, "lua", "reload", "lualib/skynet/db/redis/cluster.lua", 200)
	checks.equal(skynet.call(limited, "lua", "fits", 2048), false)
	-- A service that limits itself to everything can be limited.
	assert(skynet.newservice "unlimited")
end)
