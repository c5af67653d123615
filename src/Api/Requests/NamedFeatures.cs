using System.Text.Json;
using LifelongApi.Api.Hosting;
using LifelongApi.Learning.Features;

namespace LifelongApi.Api.Requests;

/// <summary>Named features of one event: names and texts as copied bytes, numbers as float64. Reused for many events.</summary>
internal sealed class NamedFeatures
{
    private const int MaxNameBytes = 256;
    private const int MaxTextBytes = 1024;
    private readonly SeenKeys _seen = new();
    private Entry[] _entries = new Entry[32];
    private byte[] _text = new byte[512];
    private byte[] _scratch = [];
    private int _count;
    private int _textLength;

    /// <summary>Reads the object the reader stands on.</summary>
    public void Read(ref Utf8JsonReader reader, int maxActive, in FieldPath path)
    {
        _count = 0;
        _textLength = 0;
        _seen.Clear();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var name = JsonText.Utf8(ref reader, ref _scratch, path.Features);
            if (name.Length is 0 or > MaxNameBytes)
            {
                throw ProblemException.Invalid(path.Feature(JsonText.Quoted(name)), $"The name has {name.Length} bytes; give 1 to {MaxNameBytes}.");
            }

            // Two different names with one 64-bit hash are as good as impossible by chance; they would be refused, not mixed up.
            if (!_seen.Add(FeatureHash.OfValue(0, name)))
            {
                throw ProblemException.Invalid(path.Feature(JsonText.Quoted(name)), "is given twice; give every feature once.");
            }

            var entry = new Entry { NameStart = Keep(name), NameLength = name.Length };
            reader.Read();
            if (reader.TokenType == JsonTokenType.Null)
            {
                _textLength = entry.NameStart;
                continue;
            }

            if (_count == maxActive)
            {
                throw ProblemException.Invalid(path.Features, FormattableString.Invariant($"Holds more than {maxActive} features, the most the model takes in one event (input.maxActive)."));
            }

            ReadValue(ref reader, ref entry, path);
            if (_count == _entries.Length)
            {
                Array.Resize(ref _entries, _count * 2);
            }

            _entries[_count++] = entry;
        }
    }

    /// <summary>Writes what was read; see <see cref="EventFeatures.Encode"/>.</summary>
    public void Encode(PayloadBuilder builder, IFeatureNames names, bool mayAddNames, in FieldPath path)
    {
        builder.BeginNamed();
        foreach (ref readonly var entry in _entries.AsSpan(0, _count))
        {
            var name = _text.AsSpan(entry.NameStart, entry.NameLength);
            var id = mayAddNames ? names.GetOrAdd(name) : names.Find(name);
            if (id < 0)
            {
                if (mayAddNames)
                {
                    throw ProblemException.Invalid(path.Feature(JsonText.Quoted(name)), "is a new name, and the stream knows as many feature names as it may (1,048,576); use names that it knows.");
                }

                continue;
            }

            switch (entry.Tag)
            {
                case NamedTag.Number: builder.Named(id, entry.Number); break;
                case NamedTag.Text: builder.Named(id, _text.AsSpan(entry.TextStart, entry.TextLength)); break;
                default: builder.Named(id, entry.Tag == NamedTag.True); break;
            }
        }

        builder.EndNamed();
    }

    private void ReadValue(ref Utf8JsonReader reader, ref Entry entry, in FieldPath path)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Number:
                entry.Tag = NamedTag.Number;
                if (!NumberText.TryDouble(reader.ValueSpan, out entry.Number) || Math.Abs(entry.Number) > float.MaxValue)
                {
                    throw ProblemException.Invalid(Field(entry, path), $"{JsonText.Quoted(reader.ValueSpan)} is beyond the range of a 32-bit float (±3.4e38).");
                }

                break;
            case JsonTokenType.String:
                var text = JsonText.Utf8(ref reader, ref _scratch, "features");
                if (text.Length > MaxTextBytes)
                {
                    throw ProblemException.Invalid(Field(entry, path), FormattableString.Invariant($"The text has {text.Length} bytes; give at most {MaxTextBytes}."));
                }

                entry.Tag = NamedTag.Text;
                entry.TextStart = Keep(text);
                entry.TextLength = text.Length;
                break;
            case JsonTokenType.True:
                entry.Tag = NamedTag.True;
                break;
            case JsonTokenType.False:
                entry.Tag = NamedTag.False;
                break;
            default:
                throw ProblemException.Invalid(Field(entry, path), $"is {JsonText.KindOf(reader.TokenType)}; give a number, a string, a boolean or null.");
        }
    }

    private string Field(in Entry entry, in FieldPath path) => path.Feature(JsonText.Quoted(_text.AsSpan(entry.NameStart, entry.NameLength)));

    private int Keep(ReadOnlySpan<byte> bytes)
    {
        var start = _textLength;
        if (_text.Length < start + bytes.Length)
        {
            Array.Resize(ref _text, Math.Max(start + bytes.Length, _text.Length * 2));
        }

        bytes.CopyTo(_text.AsSpan(start));
        _textLength += bytes.Length;
        return start;
    }

    private struct Entry
    {
        public int NameStart;
        public int NameLength;
        public NamedTag Tag;
        public double Number;
        public int TextStart;
        public int TextLength;
    }
}
