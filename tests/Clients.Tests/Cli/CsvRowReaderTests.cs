using System.Text;
using System.Text.Json;
using LifelongApi.Cli;
using LifelongApi.Cli.Rows;

namespace LifelongApi.Clients.Tests.Cli;

public sealed class CsvRowReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Fields_become_numbers_booleans_and_text_and_empty_ones_are_left_out()
    {
        var path = _folder.Write("a.csv", "n,flag,word,gap,quoted,class\n-1.5e3,true,DE,,\"a, \"\"b\"\"\",up\n");

        var row = Assert.Single(await ReadAsync(path, label: "class"));

        Assert.Equal("up", row.Label);
        Assert.Null(row.Error);
        Assert.Equal("""{"eventId":"f:1","features":{"n":-1500,"flag":true,"word":"DE","quoted":"a, \u0022b\u0022"},"label":"up"}""", row.Event);
    }

    [Theory]
    [InlineData("0.1")]
    [InlineData("0.056443")]
    [InlineData("1e-320")]
    [InlineData("123456789.123456789")]
    [InlineData("-0")]
    public async Task Numbers_read_back_exactly(string text)
    {
        var path = _folder.Write("a.csv", $"x,class\n{text},1\n");

        var row = Assert.Single(await ReadAsync(path, label: "class"));

        using var json = JsonDocument.Parse(row.Event!);
        var number = json.RootElement.GetProperty("features").GetProperty("x").GetDouble();
        Assert.Equal(BitConverter.DoubleToInt64Bits(double.Parse(text, System.Globalization.CultureInfo.InvariantCulture)), BitConverter.DoubleToInt64Bits(number));
    }

    [Theory]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("1e999")]
    [InlineData("1,5")]
    public async Task What_is_not_a_finite_number_is_text(string text)
    {
        var path = _folder.Write("a.csv", $"x,class\n\"{text}\",1\n");

        var row = Assert.Single(await ReadAsync(path, label: "class"));

        using var json = JsonDocument.Parse(row.Event!);
        Assert.Equal(text, json.RootElement.GetProperty("features").GetProperty("x").GetString());
    }

    [Fact]
    public async Task Label_and_task_are_not_features()
    {
        var path = _folder.Write("a.csv", "class,x,season\n1,2,winter\n,3,\n");

        var rows = await ReadAsync(path, label: "class", task: "season");

        Assert.Equal("""{"eventId":"f:1","features":{"x":2},"label":"1","task":"winter"}""", rows[0].Event);
        Assert.Equal("""{"eventId":"f:2","features":{"x":3}}""", rows[1].Event);
    }

    [Fact]
    public async Task A_target_is_a_number_or_an_error()
    {
        var path = _folder.Write("a.csv", "x,y\n1,2.5\n1,much\n1,\n");

        var rows = await ReadAsync(path, target: "y");

        Assert.Equal("""{"eventId":"f:1","features":{"x":1},"target":2.5}""", rows[0].Event);
        Assert.Contains("much", rows[1].Error, StringComparison.Ordinal);
        Assert.Equal("""{"eventId":"f:3","features":{"x":1}}""", rows[2].Event);
    }

    [Fact]
    public async Task Rows_that_do_not_fit_the_header_are_errors_and_the_rest_is_read()
    {
        var path = _folder.Write("a.csv", [.. "x,y\n1\n1,2,3\n"u8, 0xFF, .. ",1\n5,6\n"u8]);

        var rows = await ReadAsync(path);

        Assert.Equal(4, rows.Count);
        Assert.Contains("1 fields", rows[0].Error, StringComparison.Ordinal);
        Assert.Contains("3 fields", rows[1].Error, StringComparison.Ordinal);
        Assert.Contains("UTF-8", rows[2].Error, StringComparison.Ordinal);
        Assert.Null(rows[3].Error);
    }

    [Fact]
    public async Task A_quotation_mark_that_swallows_rows_is_an_error()
    {
        var path = _folder.Write("a.csv", "x,y\n1,\"2\n3,4\n");

        var row = Assert.Single(await ReadAsync(path));

        Assert.Contains("quotation mark", row.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compressed_files_byte_order_marks_and_windows_line_ends_read_the_same()
    {
        var plain = await ReadAsync(_folder.Write("a.csv", "x,class\n1,a\n2,b\n"), label: "class");
        var other = await ReadAsync(_folder.Write("a.csv.gz", "\uFEFFx,class\r\n1,a\r\n2,b"), label: "class");

        Assert.Equal(plain, other);
    }

    [Fact]
    public async Task Dense_rows_follow_the_order_of_the_columns()
    {
        var path = _folder.Write("a.csv", "b,class,a\n1,up,2\n");
        await using var rows = await CsvRowReader.OpenAsync(path, new CsvRoles { Label = "class" }, Cancel);
        rows.Dense = true;

        Assert.True(await rows.ReadAsync(Cancel));

        Assert.Equal("""{"eventId":"f:1","features":[1,2],"label":"up"}""", RowText.EventOf(rows));
    }

    [Fact]
    public async Task Several_targets_entity_and_time_are_columns_of_their_own()
    {
        var path = _folder.Write("a.csv", "x,low,high,sensor,at\n1,2,3.5,north,2026-03-01T12:00:00Z\n4,,,,\n5,6,seven,,\n");
        var roles = new CsvRoles { Target = "low,high", Entity = "sensor", OccurredAt = "at" };
        await using var rows = await CsvRowReader.OpenAsync(path, roles, Cancel);
        var read = await RowText.AllAsync(rows, Cancel);

        Assert.Equal("""{"eventId":"f:1","features":{"x":1},"target":[2,3.5],"entity":"north","occurredAt":"2026-03-01T12:00:00Z"}""", read[0].Event);
        Assert.Equal("""{"eventId":"f:2","features":{"x":4}}""", read[1].Event);
        Assert.Contains("'seven'", read[2].Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x,class\n1,2\n", "klass")]
    [InlineData("x,x,class\n1,2,3\n", "class")]
    [InlineData("", "class")]
    public async Task A_header_that_does_not_serve_is_explained(string text, string label)
    {
        var path = _folder.Write("a.csv", text);

        await Assert.ThrowsAsync<CliException>(() => CsvRowReader.OpenAsync(path, new CsvRoles { Label = label }, Cancel));
    }

    private static async Task<List<RowText>> ReadAsync(string path, string? label = null, string? target = null, string? task = null)
    {
        await using var rows = await CsvRowReader.OpenAsync(path, new CsvRoles { Label = label, Target = target, Task = task }, Cancel);
        return await RowText.AllAsync(rows, Cancel);
    }
}

/// <summary>A row as the tests compare it.</summary>
internal sealed record RowText(long Number, string? Label, string? Error, string? Event)
{
    internal static async Task<List<RowText>> AllAsync(RowReader rows, CancellationToken cancellationToken)
    {
        var list = new List<RowText>();
        while (await rows.ReadAsync(cancellationToken))
        {
            list.Add(new RowText(rows.Number, rows.Label, rows.Error, rows.Error is null ? EventOf(rows) : null));
        }

        return list;
    }

    internal static string EventOf(RowReader rows)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        rows.WriteEvent(buffer, $"f:{rows.Number}");
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
