using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning;
using LifelongApi.Learning.Features;

namespace LifelongApi.Onnx.Export;

/// <summary>
/// The named features that a model knows at its position, as the columns of a table: a number or a boolean has one, and every text of a feature has one of its own.
/// The state holds texts by their hash, so the texts themselves have to be shown again: <see cref="See"/> takes payloads until <see cref="IsComplete"/>.
/// </summary>
public sealed class NamedColumns
{
    private readonly IReadOnlyList<string> _names;
    private readonly ulong[] _hashes;
    private readonly HashSet<ulong> _unknown;
    private readonly List<NamedColumn> _columns = [];
    private readonly long[] _table;

    /// <summary>Reads what the model knows.</summary>
    /// <param name="model">A model of named features.</param>
    /// <param name="names">Feature names of its stream by id.</param>
    public NamedColumns(Model model, IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(names);
        _names = names;
        _hashes = [.. names.Select(FeatureHash.OfName)];
        _table = model.ReadLongs("input.hashes");
        _unknown = [.. _table.Where(hash => hash != 0).Select(hash => (ulong)hash)];
        var isStandardised = model.Spec.Input.Standardise == Standardisation.PerFeature;
        var counts = isStandardised ? model.ReadSlot("input.count").Values : [];
        var means = isStandardised ? model.ReadSlot("input.mean").Values : [];
        var variances = isStandardised ? model.ReadSlot("input.variance").Values : [];
        var limit = model.Spec.Input.Categories ?? 0;
        var values = limit > 0 ? model.ReadSlot("input.categories").Values : [];
        var valueCounts = limit > 0 ? model.ReadIntegers("input.categoryCounts") : [];
        for (var id = 0; id < names.Count; id++)
        {
            if (FeatureTable.Find(_table, _hashes[id]) is not (>= 0 and var place))
            {
                continue;
            }

            _unknown.Remove(_hashes[id]);
            var column = new NamedColumn { Feature = names[id], Place = place };
            if (isStandardised && counts[place] > 0f)
            {
                column = column with { Mean = means[place], Deviation = counts[place] >= 2f && variances[place] > 0f ? MathF.Sqrt(variances[place]) : 0f };
            }

            if (limit > 0)
            {
                var known = values.AsSpan(place * limit, Math.Min(valueCounts[place], limit)).ToArray();
                var categories = known.Select(value => (Value: value, Hash: CategoryHash(_hashes[id], value))).ToList();
                categories.ForEach(category => _unknown.Remove(category.Hash));

                // A feature that has shown more values is a measure, and its values are no categories any more.
                column = column with
                {
                    Categories = valueCounts[place] > limit ? [] : [.. categories.Select(category => (category.Value, Place: FeatureTable.Find(_table, category.Hash))).Where(category => category.Place >= 0)],
                };
            }

            _columns.Add(column);
        }
    }

    /// <summary>Whether everything in the model's table has its name.</summary>
    public bool IsComplete => _unknown.Count == 0;

    /// <summary>The columns: numbers and booleans by the age of their names, then texts.</summary>
    public IReadOnlyList<NamedColumn> Columns =>
    [
        .. _columns.Where(column => column.Text is null),
        .. _columns.Where(column => column.Text is not null).OrderBy(column => column.Feature, StringComparer.Ordinal).ThenBy(column => column.Text, StringComparer.Ordinal),
    ];

    /// <summary>Notes the texts of an event that the model has learned.</summary>
    /// <param name="payload">The event.</param>
    /// <exception cref="InvalidDataException">It is no payload.</exception>
    public void See(ReadOnlySpan<byte> payload)
    {
        var reader = PayloadReader.Read(payload);
        if (reader.Features != FeatureTag.Named)
        {
            return;
        }

        var cursor = new PayloadCursor(reader.FeatureBytes);
        for (var k = 0; k < reader.FeatureCount; k++)
        {
            var id = cursor.Count();
            switch ((NamedTag)cursor.Byte())
            {
                case NamedTag.Number:
                    cursor.Skip(sizeof(double));
                    break;
                case NamedTag.Text:
                    var text = cursor.Bytes(cursor.Count());
                    if (id < _hashes.Length && FeatureHash.OfValue(_hashes[id], text) is var hash && _unknown.Remove(hash))
                    {
                        _columns.Add(new NamedColumn { Feature = _names[id], Text = Encoding.UTF8.GetString(text), Place = FeatureTable.Find(_table, hash) });
                    }

                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>Throws where texts are missing.</summary>
    /// <exception cref="ExportRefusedException">The model knows texts that nobody showed, or its table is full.</exception>
    public void RequireComplete()
    {
        if (IsFull())
        {
            throw new ExportRefusedException(string.Create(
                CultureInfo.InvariantCulture,
                $"The model's table of {_table.Length} places (hashBits) is full, so names and texts share places, also those that it has never seen; no list of columns says that. Use more hashBits."));
        }

        if (!IsComplete)
        {
            throw new ExportRefusedException(string.Create(
                CultureInfo.InvariantCulture,
                $"The model knows {_unknown.Count} texts of its features by their hash only: the events that named them are not in the journal of this stream (imported, erased, or durability none). Export it where it learned them."));
        }
    }

    /// <summary>Whether a name that is not in the table could find no free place: a run of as many occupied places as are tried, or no free one at all.</summary>
    private bool IsFull()
    {
        var run = 0;
        for (var i = 0; i < 2 * _table.Length && run < FeatureTable.ProbeCount && run < _table.Length; i++)
        {
            run = _table[i % _table.Length] == 0 ? 0 : run + 1;
        }

        return run >= Math.Min(FeatureTable.ProbeCount, _table.Length);
    }

    private static ulong CategoryHash(ulong name, float value)
    {
        Span<byte> bits = stackalloc byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(bits, value);
        return FeatureHash.OfValue(name, bits);
    }
}

/// <summary>One column: what a caller puts there, and where the model reads it.</summary>
public sealed record NamedColumn
{
    /// <summary>Name of the feature.</summary>
    public required string Feature { get; init; }

    /// <summary>The text that the column stands for, with 1 where the feature has it; null: the column holds the feature's number, or 1 for true and −1 for false.</summary>
    public string? Text { get; init; }

    /// <summary>Place of the model's input.</summary>
    [JsonIgnore]
    public int Place { get; init; }

    /// <summary>Running mean of a number.</summary>
    [JsonIgnore]
    public float Mean { get; init; }

    /// <summary>Its running deviation; 0 where there is none yet; null: what comes is not standardised.</summary>
    [JsonIgnore]
    public float? Deviation { get; init; }

    /// <summary>Values of a number that have places of their own.</summary>
    [JsonIgnore]
    public IReadOnlyList<(float Value, int Place)> Categories { get; init; } = [];
}
