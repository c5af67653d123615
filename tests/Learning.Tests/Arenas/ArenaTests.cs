using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Tests.Arenas;

public sealed unsafe class ArenaTests
{
    private const int Large = (2 << 20) / sizeof(float);

    [Theory]
    [InlineData(0)]
    [InlineData(17)]
    [InlineData(Large - 1)]
    [InlineData(Large)]
    [InlineData(Large + 1)]
    [InlineData((3 * Large) + 1025)]
    public void Memory_is_zero_and_begins_a_line_and_can_be_written_to_its_end(int length)
    {
        using var arena = new Arena(length);

        Assert.Equal(0, (nint)arena.Pointer % 64);
        Assert.False(arena.Floats.ContainsAnyExcept(0f));
        arena.Floats.Fill(1f);
        Assert.Equal(length, arena.Floats.Count(1f));
    }

    [Fact]
    public void Large_arenas_lie_apart()
    {
        using var first = new Arena(Large + 1);
        using var second = new Arena(Large + 1);
        first.Floats.Fill(1f);
        second.Floats.Fill(2f);

        Assert.False(first.Floats.ContainsAnyExcept(1f));
    }

    [Fact]
    public void What_is_disposed_of_is_given_back()
    {
        const int Count = 40;
        const int Length = 16 * Large;
        var before = Environment.WorkingSet;
        for (var i = 0; i < Count; i++)
        {
            new Arena(Length).Dispose();
        }

        Assert.InRange(Environment.WorkingSet - before, long.MinValue, Count * (long)Length * sizeof(float) / 2);
    }

    [Fact]
    public void A_disposed_arena_is_not_read_again()
    {
        var arena = new Arena(Large);
        arena.Dispose();
        arena.Dispose();

        Assert.Throws<ObjectDisposedException>(() => arena.Floats.Length);
    }
}
