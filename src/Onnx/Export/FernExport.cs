using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning;

namespace LifelongApi.Onnx.Export;

/// <summary>Random ferns: the questions of all ferns of one depth at once, their answers as a cell number, the cell as a one among zeros.</summary>
internal static class FernExport
{
    /// <summary>Writes the cells in the order of the population.</summary>
    public static string Write(GraphWriter writer, ProjectionSpec projection, FernConnectionSpec spec, string activity, Model model)
    {
        var thresholds = model.ReadSlot($"{projection.Name}.weights");
        var units = model.ReadIntegers($"{projection.Name}.units");
        var formed = (int)model.ReadLongs($"{projection.Name}.counts")[1];
        var silent = writer.Zeros(activity, 1);
        var parts = new List<string> { silent };
        var places = new long[spec.CellCount()];
        var next = 1L;
        for (var depth = 1; depth <= spec.Depth; depth++)
        {
            var ferns = Enumerable.Range(0, formed).Where(fern => 1 + (fern % spec.Depth) == depth).ToList();
            if (ferns.Count == 0)
            {
                continue;
            }

            parts.Add(Cells(writer, activity, ferns, depth, thresholds, units));
            foreach (var fern in ferns)
            {
                var first = Enumerable.Range(0, fern).Sum(other => 1 << (1 + (other % spec.Depth)));
                for (var cell = 0; cell < 1 << depth; cell++)
                {
                    places[first + cell] = next++;
                }
            }
        }

        // A fern that has no questions yet points to the zero in front.
        return writer.Pick(writer.Join(parts), places);
    }

    private static string Cells(GraphWriter writer, string activity, List<int> ferns, int depth, LearnedMatrix thresholds, int[] units)
    {
        var questions = ferns.SelectMany(fern => Enumerable.Range(fern * thresholds.Columns, depth)).ToList();
        var asked = writer.Pick(activity, questions.Select(question => (long)units[question]));
        var answers = writer.AtLeast(asked, writer.Constant([.. questions.Select(question => thresholds.Values[question])], questions.Count));
        var powers = writer.Constant([.. Enumerable.Range(0, depth).Select(question => (float)(1 << question))], depth, 1);
        var cell = writer.Node("MatMul", writer.Reshape(answers, -1, ferns.Count, depth), powers);
        var distance = writer.Node("Abs", writer.Node("Sub", cell, writer.Constant([.. Enumerable.Range(0, 1 << depth).Select(number => (float)number)], 1, 1 << depth)));
        var hit = writer.Node("Relu", writer.Node("Sub", writer.Exact(1d), distance));
        return writer.Reshape(hit, -1, ferns.Count << depth);
    }
}
