using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Features;

/// <summary>
/// Notices numbers that take few different values, which are codes or levels more often than measures: the first different values of each feature are kept,
/// and as long as they are not more than the limit each is a category of its own beside the number. A feature that shows one more is a measure from then on.
/// </summary>
/// <remarks>Reserves: values [features, limit] and how many there are [features] in Read (predict needs them).</remarks>
public sealed class CategoryTable
{
    private readonly int _limit;
    private readonly int _stride;
    private readonly Slot _values;
    private readonly Slot _counts;

    /// <summary>Reserves the table.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="features">Number of features.</param>
    /// <param name="limit">Most different values of a category, 1 or more.</param>
    public CategoryTable(LayoutBuilder layout, int features, int limit)
    {
        _limit = limit;
        _stride = LayoutBuilder.Padded(limit);
        _values = layout.Matrix(Region.Read, "input.categories", features, limit);
        _counts = layout.Vector(Region.Read, "input.categoryCounts", features);
    }

    /// <summary>Whether a value is one of the few of its feature.</summary>
    /// <param name="feature">Feature number.</param>
    /// <param name="x">The value.</param>
    /// <param name="step">The step.</param>
    /// <returns>True for a known value of a feature that had no more than the limit so far.</returns>
    public bool Knows(int feature, float x, in StepContext step)
    {
        var count = step.ViewIntegers(_counts)[feature];
        return count <= _limit && step.View(_values).Slice(feature * _stride, count).Contains(x);
    }

    /// <summary>Takes a value in.</summary>
    /// <param name="feature">Feature number.</param>
    /// <param name="x">The value.</param>
    /// <param name="step">A learning step.</param>
    public void Add(int feature, float x, in StepContext step)
    {
        var counts = step.WriteIntegers(_counts);
        if (counts[feature] > _limit || Knows(feature, x, step))
        {
            return;
        }

        if (counts[feature] < _limit)
        {
            step.Write(_values)[(feature * _stride) + counts[feature]] = x;
        }

        counts[feature]++;
    }
}
