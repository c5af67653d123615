using System.Runtime.InteropServices;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Projections;

/// <summary>
/// One set of local filters shared over an image (Coates, Lee and Ng 2011): each patch has its mean taken off and its contrast divided out,
/// meets every filter in the whitened space, is rectified, r = max(0, f·x − θ), and averaged over the cells of a grid:
/// drive[cell, k] = gain · mean over the patches of the cell of r_k; where cells overlap a patch counts for its neighbours too (<see cref="PoolingGrid"/>). Of the cells of a second, coarser grid the largest r_k is taken, which tells
/// what is there at all where the mean tells how much of it (max pooling; Riesenhuber and Poggio 1999).
/// The filters form themselves from the first events: each draws some of its patches, and with P the patch covariance so far a drawn patch p becomes
/// f = C⁻¹ p / √(pᵀ C⁻¹ p) with C = P + ε · mean variance · 1, the unit vector of the whitened patch seen from input space.
/// </summary>
/// <remarks>
/// Reserves: filters [patch, filters] in Read; drawn patches [filters, patch], covariance and precision C⁻¹ [patch, patch], counts in Plastic;
/// normalised patches [places, patch], the list of places with contrast, one block of responses and a matrix of doubles in Scratch.
/// </remarks>
public sealed class PatchProjection : Projection, IInitialise, IFilterBank
{
    private const int Block = 4;
    private const float WhiteningFloor = 1f;
    private const float ContrastFloor = 0.1f;
    private const float LeastContrast = 0.3f;
    private const float Gain = 4f;
    private const int Events = 0;
    private const int Patches = 1;
    private readonly PatchConnectionSpec _spec;
    private readonly ulong _use;
    private readonly int[] _offsets;
    private readonly PoolingGrid _grid;
    private readonly int[] _peakCells;
    private readonly int _rowLength;
    private readonly int _rowStep;
    private readonly int _stride;
    private readonly Slot _drawn;
    private readonly Slot _covariance;
    private readonly Slot _precision;
    private readonly Slot _counts;
    private readonly Slot _patches;
    private readonly Slot _places;
    private readonly Slot _responses;
    private readonly Slot _doubles;

    /// <summary>Reserves the slots.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="name">Name of the projection.</param>
    /// <param name="pre">The image population; its dense activity is read.</param>
    /// <param name="post">The features; filters × (grid² + peaks²) units.</param>
    /// <param name="input">Height, width and channels.</param>
    /// <param name="spec">Patch side, stride, filters, grid, threshold.</param>
    public PatchProjection(LayoutBuilder layout, string name, Population pre, Population post, InputSpec input, PatchConnectionSpec spec)
        : base(layout, name, pre, post, PatchSize(input, spec), spec.Filters)
    {
        _spec = spec;
        _use = FeatureHash.OfName(name);
        var (down, across, channels) = (1 + ((input.Height!.Value - spec.Side) / spec.Stride), 1 + ((input.Width!.Value - spec.Side) / spec.Stride), input.Channels ?? 1);
        _rowLength = spec.Side * channels;
        _rowStep = input.Width.Value * channels;
        _stride = LayoutBuilder.Padded(RowCount);
        _offsets = [.. Enumerable.Range(0, down * across).Select(place => ((place / across) * spec.Stride * _rowStep) + (place % across * spec.Stride * channels))];
        _grid = new PoolingGrid(down, across, spec.Grid, spec.Overlap);
        _peakCells = [.. Enumerable.Range(0, spec.Peaks == 0 ? 0 : down * across).Select(place => (spec.Grid * spec.Grid) + ((place / across) * spec.Peaks / down * spec.Peaks) + (place % across * spec.Peaks / across))];
        _drawn = layout.Matrix(Region.Plastic, $"{name}.drawnPatches", spec.Filters, RowCount);
        _covariance = layout.Matrix(Region.Plastic, $"{name}.patchCovariance", RowCount, RowCount);
        _precision = layout.Matrix(Region.Plastic, $"{name}.patchPrecision", RowCount, RowCount);
        _counts = layout.Vector(Region.Plastic, $"{name}.patchCounts", 4);
        _patches = layout.Matrix(Region.Scratch, $"{name}.patches", _offsets.Length, RowCount);
        _places = layout.Vector(Region.Scratch, $"{name}.places", 1 + _offsets.Length);
        _responses = layout.Vector(Region.Scratch, $"{name}.responses", Block * Stride);
        _doubles = layout.Vector(Region.Scratch, $"{name}.doubles", 2 * RowCount * RowCount);
    }

    /// <summary>C⁻¹; shape [patch, padded patch].</summary>
    public Slot Precision => _precision;

    /// <summary>Numbers in a patch.</summary>
    /// <param name="input">The image.</param>
    /// <param name="spec">The patch.</param>
    /// <returns>side² × channels.</returns>
    public static int PatchSize(InputSpec input, PatchConnectionSpec spec) => spec.Side * spec.Side * (input.Channels ?? 1);

    /// <inheritdoc/>
    public bool IsForming(in StepContext step) => step.ViewLongs(_counts)[Events] < _spec.FormingEvents;

    /// <inheritdoc/>
    public int PatchCount(in StepContext step) => step.ViewIntegers(_places)[0];

    /// <inheritdoc/>
    public ReadOnlySpan<float> Patch(int index, in StepContext step) => step.View(_patches).Slice(index * _stride, RowCount);

    /// <inheritdoc/>
    public void Whiten(int index, in StepContext step, Span<float> target) =>
        MatrixKernels.Multiply(Patch(index, step), 1, RowCount, RowCount, step.View(_precision), _stride, target);

    /// <inheritdoc/>
    public (int Column, float Response) Strongest(int index, in StepContext step, Span<float> responses)
    {
        MatrixKernels.Multiply(Patch(index, step), 1, RowCount, RowCount, step.View(Weights), Stride, responses);
        var winner = Reduction.IndexOfMax(responses[..ColumnCount]);
        return (winner, responses[winner]);
    }

    /// <summary>Gives filters that never form random directions of unit length.</summary>
    /// <param name="step">A learning step.</param>
    public void Initialise(in StepContext step)
    {
        if (_spec.FormingEvents > 0)
        {
            return;
        }

        var weights = step.Write(Weights);
        for (var filter = 0; filter < ColumnCount; filter++)
        {
            var square = 0f;
            for (var row = 0; row < RowCount; row++)
            {
                var value = KeyedRandom.Normal(step.Seed, _use, (ulong)row, (ulong)filter);
                weights[(row * Stride) + filter] = value;
                square = MathF.FusedMultiplyAdd(value, value, square);
            }

            var scale = 1f / MathF.Sqrt(square);
            for (var row = 0; row < RowCount; row++)
            {
                weights[(row * Stride) + filter] *= scale;
            }
        }
    }

    /// <inheritdoc/>
    public override void Transmit(in StepContext step)
    {
        Normalise(step);
        var places = step.ViewIntegers(_places);
        var patches = step.View(_patches);
        var responses = step.Write(_responses);
        var drive = step.Write(Post.Drive);
        for (var first = 0; first < places[0]; first += Block)
        {
            var count = Math.Min(Block, places[0] - first);
            MatrixKernels.Multiply(patches[(first * _stride)..], count, RowCount, _stride, step.View(Weights), Stride, responses);
            for (var k = 0; k < count; k++)
            {
                var place = places[1 + first + k];
                var response = responses.Slice(k * Stride, ColumnCount);
                var cells = _grid.Cells(place);
                var shares = _grid.Shares(place);
                for (var one = 0; one < cells.Length; one++)
                {
                    MatrixKernels.AddRectified(response, _spec.Threshold, Gain * shares[one], drive.Slice(cells[one] * ColumnCount, ColumnCount));
                }

                if (_peakCells.Length > 0)
                {
                    MatrixKernels.KeepLargest(response, _spec.Threshold, drive.Slice(_peakCells[place] * ColumnCount, ColumnCount));
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void Develop(in StepContext step)
    {
        if (!IsForming(step) || PatchCount(step) == 0)
        {
            return;
        }

        AddCovariance(step);
        var counts = step.WriteLongs(_counts);
        var from = (int)(counts[Events] * ColumnCount / _spec.FormingEvents);
        var to = (int)((counts[Events] + 1) * ColumnCount / _spec.FormingEvents);
        for (var filter = from; filter < to; filter++)
        {
            Patch(Draw(filter, step), step).CopyTo(step.Write(_drawn)[(filter * _stride)..]);
        }

        counts[Events]++;
        if (InvertCovariance(step))
        {
            for (var filter = 0; filter < to; filter++)
            {
                Whiten(filter, step);
            }
        }
    }

    /// <summary>A patch with enough contrast, by keyed draws; after 16 tries whatever was drawn last.</summary>
    private int Draw(int filter, in StepContext step)
    {
        var count = PatchCount(step);
        var index = 0;
        for (var attempt = 0; attempt < 16; attempt++)
        {
            index = KeyedRandom.Below(count, step.Seed, _use, (ulong)filter, (ulong)attempt);
            if (Reduction.SumOfSquares(Patch(index, step)) > LeastContrast * RowCount)
            {
                return index;
            }
        }

        return index;
    }

    private void Normalise(in StepContext step)
    {
        var image = step.View(Pre.Activity);
        var patches = step.Write(_patches);
        var places = step.WriteIntegers(_places);
        var count = 0;
        for (var place = 0; place < _offsets.Length; place++)
        {
            var patch = patches.Slice(count * _stride, RowCount);
            for (var row = 0; row < _spec.Side; row++)
            {
                image.Slice(_offsets[place] + (row * _rowStep), _rowLength).CopyTo(patch[(row * _rowLength)..]);
            }

            var mean = Reduction.Sum(patch) / RowCount;
            for (var i = 0; i < patch.Length; i++)
            {
                patch[i] -= mean;
            }

            var variance = Reduction.SumOfSquares(patch) / RowCount;
            if (variance < 1e-6f)
            {
                continue;
            }

            RowKernels.Scale(patch, 1f / MathF.Sqrt(variance + ContrastFloor), patch);
            places[++count] = place;
        }

        places[0] = count;
    }

    private void AddCovariance(in StepContext step)
    {
        var covariance = step.Write(_covariance);
        var count = PatchCount(step);
        for (var index = 0; index < count; index++)
        {
            var patch = Patch(index, step);
            if (Reduction.SumOfSquares(patch) > LeastContrast * RowCount)
            {
                step.WriteLongs(_counts)[Patches]++;
                for (var row = 0; row < RowCount; row++)
                {
                    RowKernels.AddScaled(patch, patch[row], covariance.Slice(row * _stride, RowCount));
                }
            }
        }
    }

    private bool InvertCovariance(in StepContext step)
    {
        var count = Math.Max(1, step.ViewLongs(_counts)[Patches]);
        var covariance = step.View(_covariance);
        var matrix = MemoryMarshal.Cast<float, double>(step.Write(_doubles))[..(RowCount * RowCount)];
        var trace = 0d;
        for (var row = 0; row < RowCount; row++)
        {
            trace += covariance[(row * _stride) + row] / (double)count;
            for (var column = 0; column < RowCount; column++)
            {
                matrix[(row * RowCount) + column] = covariance[(row * _stride) + column] / (double)count;
            }
        }

        for (var row = 0; row < RowCount; row++)
        {
            matrix[(row * RowCount) + row] += Math.Max(1e-6, WhiteningFloor * trace / RowCount);
        }

        if (!Cholesky.Invert(matrix, RowCount))
        {
            return false;
        }

        var precision = step.Write(_precision);
        for (var row = 0; row < RowCount; row++)
        {
            for (var column = 0; column < RowCount; column++)
            {
                precision[(row * _stride) + column] = (float)matrix[(row * RowCount) + column];
            }
        }

        return true;
    }

    private void Whiten(int filter, in StepContext step)
    {
        var patch = step.View(_drawn).Slice(filter * _stride, RowCount);
        var precision = step.View(_precision);
        var weights = step.Write(Weights);
        var square = 0f;
        for (var row = 0; row < RowCount; row++)
        {
            var value = Reduction.Dot(precision.Slice(row * _stride, RowCount), patch);
            weights[(row * Stride) + filter] = value;
            square = MathF.FusedMultiplyAdd(value, patch[row], square);
        }

        var scale = square > 0f ? 1f / MathF.Sqrt(square) : 0f;
        for (var row = 0; row < RowCount; row++)
        {
            weights[(row * Stride) + filter] *= scale;
        }
    }
}
