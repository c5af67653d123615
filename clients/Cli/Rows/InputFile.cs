using System.IO.Compression;

namespace LifelongApi.Cli.Rows;

/// <summary>A file that is read from its beginning, through gzip where it is compressed, and knows how far it is.</summary>
internal sealed class InputFile : IAsyncDisposable
{
    private readonly FileStream _file;

    private InputFile(FileStream file, Stream content)
    {
        _file = file;
        Content = content;
    }

    /// <summary>What the file holds, decompressed.</summary>
    internal Stream Content { get; }

    /// <summary>Share of the stored bytes read so far, 0 … 1.</summary>
    internal double Fraction => _file.Length == 0 ? 1 : (double)_file.Position / _file.Length;

    internal static InputFile Open(string path)
    {
        if (!File.Exists(path))
        {
            throw new CliException($"There is no file '{path}'.");
        }

        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 64 * 1024, FileOptions.Asynchronous | FileOptions.SequentialScan);
        Stream content = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file;
        return new InputFile(file, content);
    }

    public async ValueTask DisposeAsync()
    {
        await Content.DisposeAsync();
        await _file.DisposeAsync();
    }
}
