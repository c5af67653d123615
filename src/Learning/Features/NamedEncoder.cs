using System.Buffers.Binary;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Features;

/// <summary>
/// Named features: a number is standardised online at the place of its name; a text is 1 at the place of (name, text); a boolean is ±1 at the place of its name.
/// What is missing adds nothing, which for a standardised number is its mean. A name that was never seen has no place yet: it claims one when the event is learned.
/// </summary>
public sealed class NamedEncoder : IFeatureEncoder
{
    private readonly FeatureTable _table;
    private readonly RunningMoments? _moments;
    private readonly int _maxActive;

    /// <summary>Reserves table and statistics.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="hashBits">2^hashBits places.</param>
    /// <param name="maxActive">Most features of one event.</param>
    /// <param name="standardisation">Per feature or none.</param>
    public NamedEncoder(LayoutBuilder layout, int hashBits, int maxActive, Standardisation standardisation)
    {
        _table = new FeatureTable(layout, hashBits);
        _moments = standardisation == Standardisation.PerFeature ? new RunningMoments(layout, 1 << hashBits) : null;
        _maxActive = maxActive;
    }

    /// <inheritdoc/>
    public bool Encode(in PayloadReader payload, ReadOnlySpan<ulong> nameHashes, in StepContext step, InputPopulation input)
    {
        Require(payload);
        input.Begin(step, out var rows, out var values);
        var count = 0;
        var cursor = new PayloadCursor(payload.FeatureBytes);
        for (var k = 0; k < payload.FeatureCount; k++)
        {
            var feature = Next(ref cursor, nameHashes);
            if (!(MathF.Abs(feature.Number) <= RunningMoments.LargestNumber))
            {
                return false;
            }

            var place = _table.Find(feature.Hash, step);
            if (place < 0)
            {
                continue;
            }

            var value = feature.IsNumber && _moments is not null ? _moments.Standardise(place, feature.Number, step) : feature.Number;
            rows[count] = place;
            values[count] = value;
            count += value != 0f ? 1 : 0;
        }

        input.End(step, count);
        return true;
    }

    /// <inheritdoc/>
    public void Commit(in PayloadReader payload, ReadOnlySpan<ulong> nameHashes, in StepContext step)
    {
        var cursor = new PayloadCursor(payload.FeatureBytes);
        for (var k = 0; k < payload.FeatureCount; k++)
        {
            var feature = Next(ref cursor, nameHashes);
            var place = _table.Claim(feature.Hash, step);
            if (feature.IsNumber)
            {
                _moments?.Add(place, feature.Number, step);
            }
        }
    }

    private static NamedFeature Next(ref PayloadCursor cursor, ReadOnlySpan<ulong> nameHashes)
    {
        var id = cursor.Count();
        if (id >= nameHashes.Length)
        {
            throw new InvalidDataException($"Feature name {id} is not in the stream's dictionary.");
        }

        var hash = nameHashes[id];
        switch ((NamedTag)cursor.Byte())
        {
            case NamedTag.Number: return new NamedFeature(hash, (float)BinaryPrimitives.ReadDoubleLittleEndian(cursor.Bytes(sizeof(double))), IsNumber: true);
            case NamedTag.Text: return new NamedFeature(FeatureHash.OfValue(hash, cursor.Bytes(cursor.Count())), 1f, IsNumber: false);
            case NamedTag.True: return new NamedFeature(hash, 1f, IsNumber: false);
            default: return new NamedFeature(hash, -1f, IsNumber: false);
        }
    }

    private void Require(in PayloadReader payload)
    {
        if (payload.Features != FeatureTag.Named)
        {
            throw new InvalidDataException($"A model of named features cannot read features of the form {payload.Features}.");
        }

        if (payload.FeatureCount > _maxActive)
        {
            throw new InvalidDataException($"The event has {payload.FeatureCount} features where the model takes at most {_maxActive}.");
        }
    }

    private readonly record struct NamedFeature(ulong Hash, float Number, bool IsNumber);
}
