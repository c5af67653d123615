using LifelongApi.Api.Learning;

namespace LifelongApi.Api.Tests.Streaming;

public sealed class RowRoomTests
{
    [Fact]
    public async Task Who_finds_it_full_waits_until_a_quarter_is_free()
    {
        var room = new RowRoom(8);
        for (var row = 0; row < 8; row++)
        {
            Assert.True(room.TakeAsync(TestContext.Current.CancellationToken).AsTask().IsCompletedSuccessfully);
        }

        var waiting = room.TakeAsync(TestContext.Current.CancellationToken).AsTask();
        room.Give();
        Assert.False(waiting.IsCompleted);
        room.Give();
        await waiting;

        // One of the two that were free is taken now.
        Assert.True(room.TakeAsync(TestContext.Current.CancellationToken).AsTask().IsCompletedSuccessfully);
        Assert.False(room.TakeAsync(TestContext.Current.CancellationToken).AsTask().IsCompleted);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(2048)]
    public async Task Whatever_its_size_who_waits_is_let_in_when_rows_are_answered(int capacity)
    {
        var room = new RowRoom(capacity);
        var given = 0;
        for (var row = 0; row < 3 * capacity; row++)
        {
            var taking = room.TakeAsync(TestContext.Current.CancellationToken).AsTask();
            while (!taking.IsCompleted)
            {
                Assert.True(given++ <= row, "It waits although everything was answered.");
                room.Give();
                if (given % Math.Max(1, capacity / 4) == 0)
                {
                    await Task.WhenAny(taking, Task.Delay(10, TestContext.Current.CancellationToken));
                }
            }

            await taking;
        }
    }

    [Fact]
    public async Task Waiting_ends_with_the_stream()
    {
        using var ending = new CancellationTokenSource();
        var room = new RowRoom(1);
        await room.TakeAsync(ending.Token);
        var waiting = room.TakeAsync(ending.Token).AsTask();

        await ending.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }
}
