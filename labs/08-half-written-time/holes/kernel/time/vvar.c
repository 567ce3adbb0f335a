/* The page is about to change: its readers have to be told, in each line. */
void vvar_open(void)
{
}
