using LifelongApi.Contracts.Learning;

namespace LifelongApi.EndToEnd.Tests.Harness;

/// <summary>One request to <c>…/stream</c> that is written and read at the same time.</summary>
internal abstract class RowExchange : IAsyncDisposable
{
    // Ends a test that would else hang for ever on a server that does not answer.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Sends one row, without its line end.</summary>
    public abstract Task SendAsync(string row);

    /// <summary>Says that no more rows come.</summary>
    public abstract Task CompleteAsync();

    /// <summary>The next answer; null at the end of the response.</summary>
    public async Task<LearnResult?> ReceiveAsync()
    {
        var line = await ReadLineAsync().WaitAsync(Patience, TestContext.Current.CancellationToken);
        return line is null ? null : LifelongHttp.Read<LearnResult>(line);
    }

    /// <summary>The next answer, which has to be there.</summary>
    public async Task<LearnResult> NextAsync() =>
        await ReceiveAsync() ?? throw new EndOfStreamException("The response ended before every row was answered.");

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    protected abstract Task<string?> ReadLineAsync();
}
