using LifelongApi.Cli.Rows;
using LifelongApi.Contracts.Models;

namespace LifelongApi.Clients.Tests.Cli;

public sealed class NdjsonRowReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_row_is_passed_through_and_gets_an_id_where_it_has_none()
    {
        const string given = """{"features":{"x":1.50},"eventId":"mine","label":7}""";
        var rows = await ReadAsync(given + "\n\n" + """ {"features":[1,2],"label":true,"weight":2} """);

        Assert.Equal(given, rows[0].Event);
        Assert.Equal("7", rows[0].Label);
        Assert.Equal("""{"eventId":"f:3","features":[1,2],"label":true,"weight":2}""", rows[1].Event);
        Assert.Equal("true", rows[1].Label);
    }

    [Theory]
    [InlineData("{\"features\":[1]")]
    [InlineData("{\"features\":[1]} {}")]
    [InlineData("[1]")]
    [InlineData("{}")]
    [InlineData("{\"label\":\"a\"}")]
    [InlineData("{\"features\":[1],\"eventId\":5}")]
    [InlineData("{\"features\":[1],\"target\":\"a\"}")]
    public async Task A_bad_row_is_an_error_and_the_next_is_read(string bad)
    {
        var rows = await ReadAsync(bad + "\n{\"features\":[1]}\n");

        Assert.NotNull(rows[0].Error);
        Assert.Null(rows[1].Error);
    }

    [Fact]
    public async Task Rows_longer_than_the_buffer_are_read_whole()
    {
        var text = new string('x', 200_000);

        var rows = await ReadAsync($"{{\"features\":{{\"a\":\"{text}\"}}}}\n{{\"features\":{{\"a\":\"b\"}}}}");

        Assert.Contains(text, rows[0].Event, StringComparison.Ordinal);
        Assert.Equal("""{"eventId":"f:2","features":{"a":"b"}}""", rows[1].Event);
    }

    [Theory]
    [InlineData("[1,2,3]", InputKind.Vector, 3)]
    [InlineData("\"AACAPwAAAEA=\"", InputKind.Vector, 2)]
    [InlineData("{\"a\":1}", InputKind.Named, null)]
    public async Task The_input_is_guessed_from_the_first_row(string features, InputKind kind, int? size)
    {
        await using var rows = NdjsonRowReader.Open(_folder.Write("a.ndjson", $"{{\"features\":{features}}}"));
        Assert.True(await rows.ReadAsync(Cancel));

        var input = rows.GuessInput();

        Assert.Equal((kind, size), (input.Kind, input.Size));
    }

    private async Task<List<RowText>> ReadAsync(string text)
    {
        await using var rows = NdjsonRowReader.Open(_folder.Write("a.ndjson", text));
        return await RowText.AllAsync(rows, Cancel);
    }
}
