using LifelongApi.Contracts.Models;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Entities;

/// <summary>The last values of one named number, in a ring per entity or one for the stream.</summary>
/// <remarks>Reserves: values [depth], where the next one goes and how many there are, and where a window asks for it the time of each [depth], per ring in Read.</remarks>
public sealed class ValueHistory
{
    private readonly EntityTable? _entities;
    private readonly int _depth;
    private readonly EntityColumn _values;
    private readonly EntityColumn _cursor;
    private readonly EntityColumn? _times;

    /// <summary>Reserves the rings.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="entities">Rows of the entities; null: one ring for the stream.</param>
    /// <param name="name">Prefix of slot names, unique in the program.</param>
    /// <param name="depth">Values of a ring.</param>
    /// <param name="isTimed">Whether to keep their times.</param>
    public ValueHistory(LayoutBuilder layout, EntityTable? entities, string name, int depth, bool isTimed)
    {
        _entities = entities;
        _depth = depth;
        _values = Reserve($"{name}.values", depth);
        _cursor = Reserve($"{name}.cursor", 2);
        _times = isTimed ? Reserve($"{name}.times", depth * 2) : null;

        EntityColumn Reserve(string slot, int length) =>
            entities?.Column(Region.Read, slot, length) ?? new EntityColumn(layout.Vector(Region.Read, slot, length), 0, length, default);
    }

    /// <summary>The value so many values back.</summary>
    /// <param name="steps">1 is the last one.</param>
    /// <param name="step">The step.</param>
    /// <returns>The value, or NaN where there are not as many.</returns>
    public float Back(int steps, in StepContext step)
    {
        var row = Row(step);
        return row < 0 || steps > step.ViewIntegers(_cursor.Of(row))[1] ? float.NaN : step.View(_values.Of(row))[Place(row, steps, step)];
    }

    /// <summary>A statistic of the last values, newest first.</summary>
    /// <param name="spec">Which, of how many, how old.</param>
    /// <param name="present">The present value; NaN where there is none.</param>
    /// <param name="step">The step.</param>
    /// <returns>The statistic, or NaN where the window is empty, or for a difference where there is no present value.</returns>
    public float Window(WindowSpec spec, float present, in StepContext step)
    {
        var row = Row(step);
        var most = row < 0 ? 0 : Math.Min(spec.Events, step.ViewIntegers(_cursor.Of(row))[1]);
        var count = 0;
        var (sum, squares, least, largest) = (0d, 0d, float.PositiveInfinity, float.NegativeInfinity);
        for (var back = 1; back <= most; back++)
        {
            var place = Place(row, back, step);
            if (spec.Seconds is { } seconds && step.Moment.OccurredAt - step.ViewLongs(_times!.Value.Of(row))[place] > seconds * 1e6)
            {
                // Out of order is possible: an older value may lie before a younger one.
                continue;
            }

            var value = step.View(_values.Of(row))[place];
            count++;
            sum += value;
            squares += (double)value * value;
            least = MathF.Min(least, value);
            largest = MathF.Max(largest, value);
        }

        if (count == 0)
        {
            return float.NaN;
        }

        var mean = sum / count;
        return spec.Statistic switch
        {
            WindowStatistic.Mean => (float)mean,
            WindowStatistic.Difference => (float)(present - mean),
            WindowStatistic.Deviation => (float)Math.Sqrt(Math.Max(0d, (squares / count) - (mean * mean))),
            WindowStatistic.Minimum => least,
            _ => largest,
        };
    }

    /// <summary>Takes a value in.</summary>
    /// <param name="value">The value.</param>
    /// <param name="step">A learning step whose entity has a row.</param>
    public void Push(float value, in StepContext step)
    {
        var row = Row(step);
        var cursor = step.WriteIntegers(_cursor.Of(row));
        step.Write(_values.Of(row))[cursor[0]] = value;
        if (_times is { } times)
        {
            step.WriteLongs(times.Of(row))[cursor[0]] = step.Moment.OccurredAt;
        }

        cursor[0] = (cursor[0] + 1) % _depth;
        cursor[1] = Math.Min(cursor[1] + 1, _depth);
    }

    private int Row(in StepContext step) => _entities?.Row(step) ?? 0;

    private int Place(int row, int steps, in StepContext step) => (step.ViewIntegers(_cursor.Of(row))[0] - steps + _depth) % _depth;
}
