using System.Buffers.Binary;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning.Entities;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Features;

/// <summary>
/// Named features: a number is standardised online at the place of its name; a text is 1 at the place of (name, text); a boolean is ±1 at the place of its name.
/// A number of few different values is also 1 at the place of (name, value), once the value was seen twice.
/// Lags, windows and elapsed time that the input declares are numbers beside those of the event. What is missing adds nothing, which for a standardised number is its mean. A name that was never seen has no place yet: it claims one when the event is learned.
/// </summary>
/// <remarks>Reserves beside table and statistics: hash, number, kind and place of every feature of the event [most features] in Scratch.</remarks>
public sealed class NamedEncoder : IFeatureEncoder
{
    private readonly FeatureTable _table;
    private readonly RunningMoments? _moments;
    private readonly CategoryTable? _categories;
    private readonly HistoryFeatures? _history;
    private readonly int _maxActive;
    private readonly Slot _hashes;
    private readonly Slot _numbers;
    private readonly Slot _kinds;
    private readonly Slot _places;

    /// <summary>Reserves table and statistics.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="hashBits">2^hashBits places.</param>
    /// <param name="maxActive">Most features of one event.</param>
    /// <param name="standardisation">Per feature or none.</param>
    /// <param name="categories">Most different values of a number that is also a category; 0: never.</param>
    /// <param name="history">Features of earlier events, or null.</param>
    public NamedEncoder(LayoutBuilder layout, int hashBits, int maxActive, Standardisation standardisation, int categories, HistoryFeatures? history = null)
    {
        _table = new FeatureTable(layout, hashBits);
        _moments = standardisation == Standardisation.PerFeature ? new RunningMoments(layout, 1 << hashBits) : null;
        _categories = categories > 0 ? new CategoryTable(layout, 1 << hashBits, categories) : null;
        _maxActive = maxActive;
        _history = history;
        _hashes = layout.Vector(Region.Scratch, "input.eventHashes", 2 * maxActive);
        _numbers = layout.Vector(Region.Scratch, "input.eventNumbers", maxActive);
        _kinds = layout.Vector(Region.Scratch, "input.eventKinds", maxActive);
        _places = layout.Vector(Region.Scratch, "input.eventPlaces", maxActive);
    }

    /// <inheritdoc/>
    public bool Encode(in PayloadReader payload, ReadOnlySpan<ulong> nameHashes, in StepContext step, InputPopulation input)
    {
        Require(payload);
        Read(payload, nameHashes, step);
        input.Begin(step, out var rows, out var values);
        var count = 0;
        var isBounded = true;
        _history?.Begin(step);
        var places = step.WriteIntegers(_places);
        for (var k = 0; k < payload.FeatureCount; k++)
        {
            var feature = Feature(k, step);
            if (!(MathF.Abs(feature.Number) <= RunningMoments.LargestNumber))
            {
                // Left out rather than left off here: the list must be this event's own, whoever goes on with it.
                isBounded = false;
                continue;
            }

            _history?.See(feature.Hash, feature.Number, step);
            var place = _table.Find(feature.Hash, step);
            places[k] = place;
            if (place < 0)
            {
                continue;
            }

            input.Fetch(place, step);
            if (feature.IsNumber && _categories is not null && _categories.Knows(place, feature.Number, step) && _table.Find(CategoryHash(feature), step) is var category and >= 0)
            {
                rows[count] = category;
                values[count++] = 1f;
            }

            var value = feature.IsNumber && _moments is not null ? _moments.Standardise(place, feature.Number, step) : feature.Number;
            rows[count] = place;
            values[count] = value;
            count += value != 0f ? 1 : 0;
        }

        _history?.Derive(step);
        for (var i = 0; i < (_history?.Count ?? 0); i++)
        {
            var value = _history!.Value(i, step);
            if (!float.IsNaN(value) && _table.Find(_history.Hash(i), step) is var place and >= 0)
            {
                value = _moments?.Standardise(place, value, step) ?? value;
                rows[count] = place;
                values[count] = value;
                count += value != 0f ? 1 : 0;
            }
        }

        input.End(step, count);
        return isBounded;
    }

    /// <inheritdoc/>
    public void Commit(in PayloadReader payload, ReadOnlySpan<ulong> nameHashes, in StepContext step)
    {
        // The event's features are still in scratch from Encode of the same step. A place that was found then stays; a name without one claims it now.
        var places = step.ViewIntegers(_places);
        for (var k = 0; k < payload.FeatureCount; k++)
        {
            var feature = Feature(k, step);
            var place = places[k] >= 0 ? places[k] : _table.Claim(feature.Hash, step);
            if (feature.IsNumber)
            {
                _moments?.Add(place, feature.Number, step);
                AddCategory(place, feature, step);
            }
        }

        // So are the derived ones.
        for (var i = 0; i < (_history?.Count ?? 0); i++)
        {
            if (_history!.Value(i, step) is var value && !float.IsNaN(value))
            {
                _moments?.Add(_table.Claim(_history.Hash(i), step), value, step);
            }
        }

        _history?.Commit(step);
    }

    /// <summary>Reads the features into scratch and has the table's lines for them fetched meanwhile: most are not in the cache, and none depends on another.</summary>
    private void Read(in PayloadReader payload, ReadOnlySpan<ulong> nameHashes, in StepContext step)
    {
        var hashes = step.WriteLongs(_hashes);
        var numbers = step.Write(_numbers);
        var kinds = step.WriteIntegers(_kinds);
        var cursor = new PayloadCursor(payload.FeatureBytes);
        for (var k = 0; k < payload.FeatureCount; k++)
        {
            var feature = Next(ref cursor, nameHashes);
            _table.Prefetch(feature.Hash, step);
            (hashes[k], numbers[k], kinds[k]) = ((long)feature.Hash, feature.Number, feature.IsNumber ? 1 : 0);
        }
    }

    private NamedFeature Feature(int k, in StepContext step) => new((ulong)step.ViewLongs(_hashes)[k], step.View(_numbers)[k], step.ViewIntegers(_kinds)[k] != 0);

    private static ulong CategoryHash(in NamedFeature feature)
    {
        Span<byte> bits = stackalloc byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(bits, feature.Number);
        return FeatureHash.OfValue(feature.Hash, bits);
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

    private void AddCategory(int place, in NamedFeature feature, in StepContext step)
    {
        if (_categories is null)
        {
            return;
        }

        if (_categories.Knows(place, feature.Number, step))
        {
            // Only a value that comes back claims a place: a measure never fills the table.
            _table.Claim(CategoryHash(feature), step);
            return;
        }

        _categories.Add(place, feature.Number, step);
    }

    private void Require(in PayloadReader payload)
    {
        if (payload.Features != FeatureTag.Named)
        {
            Throw.Input_FormDiffers("A model of named features", payload.Features);
        }

        if (payload.FeatureCount > _maxActive)
        {
            Throw.Input_TooManyFeatures(payload.FeatureCount, _maxActive);
        }
    }

    private readonly record struct NamedFeature(ulong Hash, float Number, bool IsNumber);
}
