using System.Runtime.InteropServices;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning;

/// <content>What was learned, part by part: for exports and inspection.</content>
public sealed partial class Model
{
    /// <summary>The weights that a projection transmits with now, pending pulls and signs applied: what <see cref="Predict"/> would use.</summary>
    /// <param name="projection">Name of a dense or binary projection.</param>
    /// <returns>Shape [presynaptic units with the bias, postsynaptic units].</returns>
    public LearnedMatrix TransmittedWeights(string projection)
    {
        var found = _learner.Projections.First(one => one.Name == projection);
        using var workspace = CreateWorkspace();
        var step = StepContext.Predicting(_read, workspace, Spec.Seed);
        var values = new float[found.RowCount * found.ColumnCount];
        Span<int> row = [0];
        ReadOnlySpan<float> one = [1f];
        for (row[0] = 0; row[0] < found.RowCount; row[0]++)
        {
            var to = values.AsSpan(row[0] * found.ColumnCount, found.ColumnCount);
            if (found.LazyPull is { } pull)
            {
                var drive = step.Write(found.Post.Drive);
                drive.Clear();
                pull.Accumulate(row, one, drive, step);
                drive[..found.ColumnCount].CopyTo(to);
            }
            else
            {
                found.Row(row[0], step)[..found.ColumnCount].CopyTo(to);
            }
        }

        return new LearnedMatrix(found.RowCount, found.ColumnCount, values);
    }

    /// <summary>The signs of a hashed projection.</summary>
    /// <param name="projection">Its name.</param>
    /// <returns>Shape [presynaptic units, postsynaptic units].</returns>
    public LearnedMatrix HashedSigns(string projection)
    {
        var found = _learner.Projections.OfType<HashedProjection>().First(one => one.Name == projection);
        var values = new float[found.Pre.Units * found.ColumnCount];
        for (var row = 0; row < found.Pre.Units; row++)
        {
            found.Signs(Spec.Seed, row, values.AsSpan(row * found.ColumnCount, found.ColumnCount));
        }

        return new LearnedMatrix(found.Pre.Units, found.ColumnCount, values);
    }

    /// <summary>A slot of the part of the state that predict reads, as it stands.</summary>
    /// <param name="name">Name of the slot (docs/state-layout.md).</param>
    /// <returns>Its numbers; whole numbers as their bits.</returns>
    public LearnedMatrix ReadSlot(string name)
    {
        var info = _learner.Layout.Slots.First(slot => slot.Name == name && slot.Slot.Region == Region.Read);
        var values = new float[info.Rows * info.Columns];
        for (var row = 0; row < info.Rows; row++)
        {
            _read.Floats.Slice(info.Slot.Offset + (row * info.Stride), info.Columns).CopyTo(values.AsSpan(row * info.Columns));
        }

        return new LearnedMatrix(info.Rows, info.Columns, values);
    }

    /// <summary>As <see cref="ReadSlot"/>, for slots of whole numbers of 32 bits.</summary>
    /// <param name="name">Name of the slot.</param>
    /// <returns>Its numbers, row by row.</returns>
    public int[] ReadIntegers(string name) => MemoryMarshal.Cast<float, int>(ReadSlot(name).Values).ToArray();

    /// <summary>As <see cref="ReadSlot"/>, for slots of whole numbers of 64 bits.</summary>
    /// <param name="name">Name of the slot.</param>
    /// <returns>Its numbers.</returns>
    public long[] ReadLongs(string name) => MemoryMarshal.Cast<float, long>(ReadSlot(name).Values).ToArray();
}
