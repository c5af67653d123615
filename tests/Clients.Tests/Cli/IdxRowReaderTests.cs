using System.Text.Json;
using LifelongApi.Cli;
using LifelongApi.Cli.Rows;

namespace LifelongApi.Clients.Tests.Cli;

public sealed class IdxRowReaderTests : IDisposable
{
    private static readonly byte[] Images = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 0, 51, 255, 1, 2, 3];
    private static readonly byte[] Labels = [0, 0, 8, 1, 0, 0, 0, 2, 7, 0];
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData(".gz")]
    public async Task Pixels_are_bytes_over_255_in_float32(string ending)
    {
        await using var rows = await IdxRowReader.OpenAsync(_folder.Write("i" + ending, Images), _folder.Write("l" + ending, Labels), Cancel);

        var texts = await RowText.AllAsync(rows, Cancel);

        Assert.Equal(["7", "0"], texts.Select(row => row.Label));
        using var json = JsonDocument.Parse(texts[0].Event!);
        var bytes = json.RootElement.GetProperty("features").GetBytesFromBase64();
        Assert.Equal([0f, 51 / 255f, 1f], System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes).ToArray());
        Assert.Equal(1, rows.Fraction);
    }

    [Fact]
    public async Task The_input_is_an_image_of_the_files_size()
    {
        await using var rows = await IdxRowReader.OpenAsync(_folder.Write("i", Images), _folder.Write("l", Labels), Cancel);

        var input = rows.GuessInput();

        Assert.Equal((1, 3, 1), (input.Height, input.Width, input.Channels));
    }

    [Fact]
    public async Task Files_that_do_not_belong_together_are_refused()
    {
        byte[] one = [0, 0, 8, 1, 0, 0, 0, 1, 7];
        var images = _folder.Write("i", Images);

        await Assert.ThrowsAsync<CliException>(() => IdxRowReader.OpenAsync(images, _folder.Write("l", one), Cancel));
        await Assert.ThrowsAsync<CliException>(() => IdxRowReader.OpenAsync(images, images, Cancel));
        await Assert.ThrowsAsync<EndOfStreamException>(async () =>
        {
            await using var rows = await IdxRowReader.OpenAsync(_folder.Write("short", Images[..^1]), _folder.Write("l", Labels), Cancel);
            await RowText.AllAsync(rows, Cancel);
        });
    }
}
