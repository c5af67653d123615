using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using CsCheck;
using LifelongApi.Api.Learning;
using LifelongApi.Api.Tests.Fakes;

namespace LifelongApi.Api.Tests.Streaming;

public sealed class RowSplitterTests
{
    private const int MaxRow = 8;

    [Fact]
    public void However_the_bytes_arrive_the_rows_are_the_same() =>
        Gen.Select(Gen.Char["ab \n\r"].Array[0, 60], Gen.Int[1, 13]).Sample((characters, chunk) =>
        {
            var text = new string(characters);
            var expected = text.Split('\n').Where(row => row.Length > MaxRow || row.Trim(' ', '\r', '\t').Length > 0).Select(row => row.Length > MaxRow ? "TOO LARGE" : row);
            Assert.Equal(expected, Split(text, chunk));
        });

    private static List<string> Split(string text, int chunk)
    {
        var pipe = new Pipe();
        var splitter = new RowSplitter(MaxRow);
        var rows = new List<string>();
        var bytes = Encoding.ASCII.GetBytes(text);
        for (var at = 0; ; at += chunk)
        {
            var isLast = at >= bytes.Length;
            if (isLast)
            {
                pipe.Writer.Complete();
            }
            else
            {
                pipe.Writer.Write(bytes.AsSpan(at, Math.Min(chunk, bytes.Length - at)));
                pipe.Writer.FlushAsync(Calls.Stop).AsTask().Wait(Calls.Stop);
            }

            Assert.True(pipe.Reader.TryRead(out var read));
            var buffer = read.Buffer;
            while (splitter.Next(ref buffer, isLast, out var row) is var kind and not RowKind.None)
            {
                rows.Add(kind == RowKind.TooLarge ? "TOO LARGE" : Encoding.ASCII.GetString(row));
            }

            Assert.True(buffer.Length <= MaxRow);
            pipe.Reader.AdvanceTo(buffer.Start, buffer.End);
            if (isLast)
            {
                return rows;
            }
        }
    }
}
